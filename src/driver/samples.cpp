#include "driver/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "driver/sample_shapes.hpp"
#include "frontends/numpy/npz.hpp"
#include "ir/types.hpp"

namespace pudu::driver {
namespace {

/// A NaN has no int8 code, and an infinite sample makes a range that means nothing.
Status check_finite(const base::Array& array, const PortShape& input, std::size_t sample) {
  if (array.dtype != base::ArrayType::Float32) return {};
  const std::span<const float> data = array.data<float>();
  const auto found = std::find_if(data.begin(), data.end(), [](float element) { return !std::isfinite(element); });
  if (found == data.end()) return {};
  return invalid_input(
      {.where = input.name,
       .found = "sample " + std::to_string(sample) + " holds " + (std::isnan(*found) ? "NaN" : "an infinite number"),
       .allowed = "finite numbers"});
}

/// Integers of either width as int32.
Result<base::Array> to_positions(const base::Array& array, const PortShape& input) {
  if (array.dtype == base::ArrayType::Int32) return array;
  base::Array result{base::ArrayType::Int32, array.shape, {}};
  for (const std::int64_t position : array.data<std::int64_t>()) {
    if (position < INT32_MIN || position > INT32_MAX) {
      return invalid_input(
          {.where = input.name, .found = "position " + std::to_string(position), .allowed = "32-bit integers"});
    }
    const auto narrow = static_cast<std::int32_t>(position);
    const auto* bytes = reinterpret_cast<const std::byte*>(&narrow);
    result.bytes.insert(result.bytes.end(), bytes, bytes + sizeof narrow);
  }
  return result;
}

Status check_type(base::ArrayType found, const PortShape& input) {
  const std::string found_text = "data type " + std::string(base::to_string(found));
  if (input.content == PortContent::Positions) {
    if (found == base::ArrayType::Int32 || found == base::ArrayType::Int64) return {};
    return invalid_input({.where = input.name,
                          .found = found_text,
                          .allowed = "int64 or int32: the model takes positions",
                          .hint = "convert with array.astype(\"int64\")"});
  }
  if (found == base::ArrayType::Float32) return {};
  if (found == input.codes) return {};
  const std::string codes =
      input.codes ? ", or " + std::string(base::to_string(*input.codes)) + " codes as they are" : "";
  const bool is_narrower = input.codes == base::ArrayType::Int16 && found == base::ArrayType::Int8;
  return invalid_input({.where = input.name,
                        .found = found_text,
                        .allowed = "float32" + codes,
                        .hint = is_narrower ? "codes of 8 bits have another scale: give real numbers as float32"
                                            : "convert with array.astype(\"float32\"), preprocessed as in training"});
}

/// Samples of an array in Fortran order are scattered over the whole file: it is put in C order in memory.
constexpr std::uint64_t most_fortran_bytes = std::uint64_t{1} << 30;

Result<base::ByteSource> in_c_order(const base::ByteSource& source, const PortShape& input) {
  if (source.bytes > most_fortran_bytes) {
    return invalid_input({.where = input.name,
                          .found = std::to_string(source.bytes) + " bytes in Fortran order",
                          .allowed = "at most 1 GiB in this order; any size in C order",
                          .hint = "save numpy.ascontiguousarray(array)"});
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(source.bytes));
  PUDU_TRY(source.read(0, bytes));
  PUDU_TRY_ASSIGN(base::Array array, base::parse_npy(bytes, ""));
  const auto shared = std::make_shared<const std::vector<std::byte>>(std::move(array.bytes));
  return base::ByteSource{shared->size(), [shared](std::uint64_t offset, std::span<std::byte> target) {
                            return base::byte_source(*shared).read(offset, target);
                          }};
}

struct NamedSource {
  std::string file, array;  ///< `array`: name in the .npz, for messages
  base::ByteSource source;
};

/// "'a', 'b'": what an archive has.
std::string names_of(const std::map<std::string, base::ByteSource>& arrays) {
  constexpr std::size_t most = 5;
  std::vector<std::string> names;
  for (const auto& [name, source] : arrays) {
    if (names.size() < most) names.push_back("'" + name + "'");
  }
  if (arrays.size() > most) names.push_back("and " + std::to_string(arrays.size() - most) + " more");
  return fmt::format("{}", fmt::join(names, ", "));
}

/// One array per input, from .npy files or one .npz.
Result<std::vector<NamedSource>> open_arrays(std::span<const std::filesystem::path> files,
                                             std::span<const PortShape> inputs) {
  std::vector<NamedSource> arrays;
  if (files.size() == 1 && files[0].extension() == ".npz") {
    PUDU_TRY_ASSIGN(auto named, frontends::open_npz(files[0]));
    const std::string names = names_of(named);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      auto found = named.find(inputs[i].name);
      if (found == named.end()) found = named.find("in" + std::to_string(i));
      if (found == named.end()) {
        return invalid_input(
            {.file = files[0].string(),
             .where = inputs[i].name,
             .found = names.empty() ? "the file holds no arrays" : "no array of this name among " + names,
             .allowed = "an array '" + inputs[i].name + "' or 'in" + std::to_string(i) + "'"});
      }
      arrays.push_back({files[0].string(), found->first, std::move(found->second)});
      named.erase(found);  // an input called in1 takes that array; it is then nobody else's second one
    }
    return arrays;
  }
  if (files.size() != inputs.size()) {
    const std::string found = files.size() == 1 ? "one .npy file" : std::to_string(files.size()) + " files";
    return invalid_input({.file = files.empty() ? std::string() : files[0].string(),
                          .found = found,
                          .allowed = inputs.size() == 1 ? "one .npy or .npz: the model has one input"
                                                        : "one .npz, or a .npy for each of the model's " +
                                                              std::to_string(inputs.size()) + " inputs"});
  }
  for (const std::filesystem::path& file : files) {
    PUDU_TRY_ASSIGN(base::ByteSource source, base::open_byte_source(file));
    arrays.push_back({file.string(), "", std::move(source)});
  }
  return arrays;
}

/// A file that does not fit may be another input's.
Error in_order(Error error, std::span<const PortShape> inputs) {
  std::string names;
  for (const PortShape& input : inputs) names += (names.empty() ? "" : ", ") + input.name;
  for (Diagnostic& diagnostic : error.diagnostics) {
    if (diagnostic.hint.empty()) diagnostic.hint = "files stand in the order of the inputs: " + names;
  }
  return error;
}

}  // namespace

PortContent content_of(const ir::Value& input) {
  return input.type.dtype == ir::DType::Int32 ? PortContent::Positions : PortContent::Numbers;
}

Result<SampleStream::Input> SampleStream::open_input(base::ByteSource source, const PortShape& port,
                                                     std::size_t& count) {
  PUDU_TRY_ASSIGN(const base::ArrayHeader header, base::read_npy_header(source));
  PUDU_TRY(check_type(header.dtype, port));
  const std::int64_t samples = sample_count(header.shape, port.shape);
  if (samples < 0) {
    return invalid_input(
        {.where = port.name,
         .found = "shape " + shape_text(header.shape),
         .allowed = "the model takes " + shape_text(port.shape) + ": give " + allowed_shapes(port.shape),
         .hint = shape_hint(header.shape, port.shape)});
  }
  if (samples == 0) {
    return invalid_input({.where = port.name, .found = "0 samples", .allowed = "at least 1 sample"});
  }
  count = static_cast<std::size_t>(samples);
  Input input{port,
              "",
              header.dtype,
              static_cast<std::size_t>(ir::element_count(port.shape)) * base::size_in_bytes(header.dtype),
              header.header_bytes,
              std::move(source)};
  if (header.is_fortran_order) {
    PUDU_TRY_ASSIGN(input.source, in_c_order(input.source, port));
    input.header_bytes = 0;
  }
  return input;
}

Result<SampleStream> SampleStream::open(std::span<const std::filesystem::path> files,
                                        std::span<const PortShape> inputs) {
  PUDU_TRY_ASSIGN(std::vector<NamedSource> arrays, open_arrays(files, inputs));
  SampleStream stream;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    std::size_t count = 0;
    Result<Input> input = open_input(std::move(arrays[i].source), inputs[i], count);
    if (!input && files.size() > 1) return in_order(std::move(input).error(), inputs).in_file(arrays[i].file);
    if (!input) return std::move(input).error().at(arrays[i].array).in_file(arrays[i].file);
    if (i > 0 && count != stream.count_) {
      return invalid_input(
          {.file = arrays[i].file,
           .where = inputs[i].name,
           .found = std::to_string(count) + " samples",
           .allowed = "as many as input '" + inputs[0].name + "' has: " + std::to_string(stream.count_)});
    }
    stream.count_ = count;
    input->file = arrays[i].file;
    stream.inputs_.push_back(std::move(input).value());
  }
  return stream;
}

void SampleStream::limit(std::size_t samples) {
  count_ = std::min(count_, samples);
}

std::size_t SampleStream::sample_bytes() const {
  std::size_t bytes = 0;
  for (const Input& input : inputs_) bytes += input.bytes;
  return bytes;
}

Result<base::Array> SampleStream::read_input(const Input& input, std::size_t index) {
  base::Array array{input.dtype, input.port.shape, std::vector<std::byte>(input.bytes)};
  PUDU_TRY(input.source.read(input.header_bytes + std::uint64_t{index} * input.bytes, array.bytes));
  if (input.port.content == PortContent::Positions) return to_positions(array, input.port);
  PUDU_TRY(check_finite(array, input.port, index));
  return array;
}

Result<std::vector<base::Array>> SampleStream::read(std::size_t index) const {
  std::vector<base::Array> sample;
  for (const Input& input : inputs_) {
    Result<base::Array> array = read_input(input, index);
    if (!array) return std::move(array).error().in_file(input.file);
    sample.push_back(std::move(array).value());
  }
  return sample;
}

Result<Samples> load_samples(std::span<const std::filesystem::path> files, std::span<const PortShape> inputs) {
  PUDU_TRY_ASSIGN(const SampleStream stream, SampleStream::open(files, inputs));
  Samples samples;
  for (std::size_t i = 0; i < stream.count(); ++i) {
    PUDU_TRY_ASSIGN(std::vector<base::Array> sample, stream.read(i));
    samples.push_back(std::move(sample));
  }
  return samples;
}

base::Array stack(std::span<const base::Array> samples) {
  base::Array result = samples.front();
  result.bytes.clear();
  const auto count = static_cast<std::int64_t>(samples.size());
  if (!result.shape.empty() && result.shape[0] == 1) {
    result.shape[0] = count;
  } else {
    result.shape.insert(result.shape.begin(), count);
  }
  for (const base::Array& sample : samples) {
    result.bytes.insert(result.bytes.end(), sample.bytes.begin(), sample.bytes.end());
  }
  return result;
}

}  // namespace pudu::driver
