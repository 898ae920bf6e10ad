#include "driver/samples.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "frontends/numpy/npz.hpp"

namespace pudu::driver {
namespace {

using Shape = std::vector<std::int64_t>;

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::int64_t elements(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

Shape with_sample_axis(const Shape& shape) {
  Shape result = {0};
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

bool same_tail(const Shape& a, std::size_t a_begin, const Shape& b, std::size_t b_begin) {
  return std::equal(a.begin() + static_cast<std::ptrdiff_t>(a_begin), a.end(),
                    b.begin() + static_cast<std::ptrdiff_t>(b_begin), b.end());
}

/// How many samples of `model` an array of shape `found` holds; -1 when it does not hold samples of it.
std::int64_t sample_count(const Shape& found, const Shape& model) {
  if (found == model) return 1;
  if (found.size() == model.size() + 1 && same_tail(found, 1, model, 0)) return found[0];
  if (!model.empty() && found.size() == model.size() && same_tail(found, 1, model, 1) && found[0] % model[0] == 0) {
    return found[0] / model[0];
  }
  return -1;
}

/// The shapes sample_count accepts, for messages: "[N, 1, 3, 96, 96] or [N, 3, 96, 96]".
std::string allowed_shapes(const Shape& model) {
  const auto with_n = [](Shape shape) {
    std::string text = shape_text(shape);
    return "[N" + text.substr(2);
  };
  std::string text = with_n(with_sample_axis(model));
  if (!model.empty() && model[0] == 1) {
    Shape batched = model;
    batched[0] = 0;
    text += " or " + with_n(batched);
  } else if (!model.empty()) {
    text += " or a first axis that is a multiple of " + std::to_string(model[0]);
  }
  return text;
}

/// A NaN has no int8 code, and an infinite sample makes a range that means nothing.
Status check_finite(const base::Array& array, const PortShape& input) {
  if (array.dtype != base::ArrayType::Float32) return {};
  const std::span<const float> data = array.data<float>();
  const auto found = std::find_if(data.begin(), data.end(), [](float element) { return !std::isfinite(element); });
  if (found == data.end()) return {};
  const auto sample_elements = std::max<std::int64_t>(elements(input.shape), 1);
  return invalid_input({.where = input.name,
                        .found = "sample " + std::to_string((found - data.begin()) / sample_elements) + " holds " +
                                 (std::isnan(*found) ? "NaN" : "an infinite number"),
                        .allowed = "finite numbers"});
}

/// Integers of either width as int32.
Result<base::Array> to_positions(const base::Array& array, const PortShape& input) {
  if (array.dtype == base::ArrayType::Int32) return array;
  if (array.dtype != base::ArrayType::Int64) {
    return invalid_input({.where = input.name,
                          .found = "data type " + std::string(base::to_string(array.dtype)),
                          .allowed = "int64 or int32: the model takes positions",
                          .hint = "convert with array.astype(\"int64\")"});
  }
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

Result<std::vector<base::Array>> split(base::Array array, const PortShape& input, SampleTypes types) {
  if (input.content == PortContent::Positions) {
    PUDU_TRY_ASSIGN(array, to_positions(array, input));
  }
  const bool allowed_type = input.content == PortContent::Positions || array.dtype == base::ArrayType::Float32 ||
                            (types == SampleTypes::FloatOrRaw && array.dtype == base::ArrayType::Int8);
  if (!allowed_type) {
    return invalid_input({.where = input.name,
                          .found = "data type " + std::string(base::to_string(array.dtype)),
                          .allowed = types == SampleTypes::Float ? "float32" : "float32, or int8 codes as they are",
                          .hint = "convert with array.astype(\"float32\"), preprocessed as in training"});
  }
  const std::int64_t count = sample_count(array.shape, input.shape);
  if (count < 0) {
    return invalid_input(
        {.where = input.name,
         .found = "shape " + shape_text(array.shape),
         .allowed = "the model takes " + shape_text(input.shape) + ": give " + allowed_shapes(input.shape)});
  }
  PUDU_TRY(check_finite(array, input));
  const auto bytes = static_cast<std::ptrdiff_t>(elements(input.shape)) *
                     static_cast<std::ptrdiff_t>(base::size_in_bytes(array.dtype));
  std::vector<base::Array> samples;
  for (std::int64_t sample = 0; sample < count; ++sample) {
    const auto begin = array.bytes.begin() + sample * bytes;
    samples.push_back({array.dtype, input.shape, std::vector<std::byte>(begin, begin + bytes)});
  }
  return samples;
}

/// One array per input, from .npy files or one .npz.
Result<std::vector<base::Array>> read_arrays(std::span<const std::filesystem::path> files,
                                             std::span<const PortShape> inputs) {
  std::vector<base::Array> arrays;
  if (files.size() == 1 && files[0].extension() == ".npz") {
    PUDU_TRY_ASSIGN(frontends::NamedArrays named, frontends::read_npz(files[0]));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      auto found = named.find(inputs[i].name);
      if (found == named.end()) found = named.find("in" + std::to_string(i));
      if (found == named.end()) {
        return invalid_input({.file = files[0].string(),
                              .where = inputs[i].name,
                              .found = "no array of this name",
                              .allowed = "an array '" + inputs[i].name + "' or 'in" + std::to_string(i) + "'"});
      }
      arrays.push_back(std::move(found->second));
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
    PUDU_TRY_ASSIGN(base::Array array, base::read_npy(file));
    arrays.push_back(std::move(array));
  }
  return arrays;
}

}  // namespace

PortContent content_of(const ir::Value& input) {
  return input.type.dtype == ir::DType::Int32 ? PortContent::Positions : PortContent::Numbers;
}

Result<Samples> load_samples(std::span<const std::filesystem::path> files, std::span<const PortShape> inputs,
                             SampleTypes types) {
  PUDU_TRY_ASSIGN(const std::vector<base::Array> arrays, read_arrays(files, inputs));
  Samples samples;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const std::string& file = files[files.size() == 1 ? 0 : i].string();
    Result<std::vector<base::Array>> parts = split(arrays[i], inputs[i], types);
    if (!parts) return std::move(parts).error().in_file(file);
    if (parts->empty()) {
      return invalid_input(
          {.file = file, .where = inputs[i].name, .found = "0 samples", .allowed = "at least 1 sample"});
    }
    if (i > 0 && parts->size() != samples.size()) {
      return invalid_input(
          {.file = file,
           .where = inputs[i].name,
           .found = std::to_string(parts->size()) + " samples",
           .allowed = "as many as input '" + inputs[0].name + "' has: " + std::to_string(samples.size())});
    }
    samples.resize(parts->size());
    for (std::size_t s = 0; s < parts->size(); ++s) samples[s].push_back(std::move((*parts)[s]));
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
