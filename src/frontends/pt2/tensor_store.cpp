#include "frontends/pt2/tensor_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "frontends/pt2/model_json.hpp"
#include "frontends/pt2/symbols.hpp"

namespace pudu::frontends {

namespace {

constexpr std::size_t max_rank = 8;
constexpr std::uint64_t max_elements = std::uint64_t{1} << 28;
// Windows with strides of 0 make many elements of few bytes; this bounds what they may add up to.
constexpr std::uint64_t max_repeated_elements = std::uint64_t{1} << 22;
constexpr double max_exact_integer = 1 << 24;

Error tensor_error(const std::string& name, std::string found, std::string allowed = {}) {
  return invalid_input({"", name, std::move(found), std::move(allowed), ""});
}

Error too_large(const TensorSource& source, const std::string& name, std::uint64_t limit) {
  return tensor_error(name, fmt::format("has shape {}, which is too large", ir::to_string(source.sizes)),
                      fmt::format("{} elements", limit));
}

std::size_t element_bytes(ScalarType type) {
  switch (type) {
    case ScalarType::UInt8:
    case ScalarType::Int8:
    case ScalarType::Bool:
      return 1;
    case ScalarType::Int16:
    case ScalarType::Float16:
    case ScalarType::BFloat16:
      return 2;
    case ScalarType::Int32:
    case ScalarType::Float32:
      return 4;
    case ScalarType::Int64:
    case ScalarType::Float64:
      return 8;
    default:
      return 0;
  }
}

template <class T>
T read_as(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

float half_to_float(std::uint16_t half) {
  const int exponent = (half >> 10) & 0x1f;
  const auto mantissa = static_cast<float>(half & 0x3ff);
  const float sign = (half & 0x8000) != 0 ? -1.0f : 1.0f;
  if (exponent == 0x1f) return mantissa == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(mantissa + 1024.0f, exponent - 25);
}

/// One element as a double, which holds every type here but large 64-bit integers exactly.
double element_at(const std::byte* bytes, ScalarType type) {
  switch (type) {
    case ScalarType::UInt8:
      return read_as<std::uint8_t>(bytes);
    case ScalarType::Bool:
      return read_as<std::uint8_t>(bytes) != 0 ? 1.0 : 0.0;
    case ScalarType::Int8:
      return read_as<std::int8_t>(bytes);
    case ScalarType::Int16:
      return read_as<std::int16_t>(bytes);
    case ScalarType::Int32:
      return read_as<std::int32_t>(bytes);
    case ScalarType::Int64:
      return static_cast<double>(read_as<std::int64_t>(bytes));
    case ScalarType::Float16:
      return half_to_float(read_as<std::uint16_t>(bytes));
    case ScalarType::BFloat16:
      return std::bit_cast<float>(static_cast<std::uint32_t>(read_as<std::uint16_t>(bytes)) << 16);
    case ScalarType::Float64:
      return read_as<double>(bytes);
    default:
      return read_as<float>(bytes);
  }
}

Result<std::int64_t> plain_number(const SymInt& size, const std::string& name) {
  if (size.value) return *size.value;
  return tensor_error(name, "has a size that is not a number");
}

Result<std::vector<std::int64_t>> plain_numbers(const std::vector<SymInt>& sizes, const std::string& name) {
  std::vector<std::int64_t> result;
  for (const SymInt& size : sizes) {
    PUDU_TRY_ASSIGN(const std::int64_t value, plain_number(size, name));
    result.push_back(value);
  }
  return result;
}

/// Elements of the window, or nothing when there are too many.
std::optional<std::uint64_t> count_elements(const ir::Shape& sizes) {
  std::uint64_t count = 1;
  for (const std::int64_t size : sizes) {
    if (size == 0) return 0;
  }
  for (const std::int64_t size : sizes) {
    if (static_cast<std::uint64_t>(size) > max_elements / count) return std::nullopt;
    count *= static_cast<std::uint64_t>(size);
  }
  return count;
}

/// One past the last element of the storage that the window touches, or nothing on overflow.
std::optional<std::int64_t> window_end(const TensorSource& source) {
  std::optional<std::int64_t> end = checked_add(source.storage_offset, 1);
  for (std::size_t axis = 0; axis < source.sizes.size() && end; ++axis) {
    const std::optional<std::int64_t> span = checked_mul(source.sizes[axis] - 1, source.strides[axis]);
    end = span ? checked_add(*end, *span) : std::nullopt;
  }
  return end;
}

Status check_element(float value, double exact, ScalarType type, const std::string& name) {
  if (std::isnan(value)) return tensor_error(name, "holds NaN", "finite numbers");
  if (std::isinf(value)) {
    return tensor_error(name, "holds an infinite number, or one too large for float32", "finite numbers");
  }
  if (!is_floating(type) && std::fabs(exact) > max_exact_integer) {
    return tensor_error(name, "holds integers that float32 does not represent", "integers up to 16777216");
  }
  return {};
}

}  // namespace

Result<PayloadConfig> TensorStore::read_config(const std::string& entry) {
  if (!archive_->contains(entry)) return PayloadConfig{};
  PUDU_TRY_ASSIGN(const std::vector<std::byte> text, archive_->read(entry));
  return parse_payload_config(text, entry);
}

Result<TensorStore> TensorStore::open(ModelArchive& archive) {
  TensorStore store(archive);
  PUDU_TRY_ASSIGN(store.weights_, store.read_config(archive.weights_config_name()));
  PUDU_TRY_ASSIGN(store.constants_, store.read_config(archive.constants_config_name()));
  return store;
}

Result<TensorSource> TensorStore::locate(const InputSpec& spec) const {
  const bool in_weights = spec.kind == InputKind::Parameter || (spec.kind == InputKind::Buffer && spec.persistent);
  const PayloadConfig& config = in_weights ? weights_ : constants_;
  const std::string& name = spec.target_name;
  const auto found = config.find(name);
  if (found == config.end()) {
    return tensor_error(name, fmt::format("is not listed in {}", in_weights ? archive_->weights_config_name()
                                                                            : archive_->constants_config_name()));
  }
  const PayloadMeta& payload = found->second;
  if (payload.use_pickle) {
    return unsupported({"", name, "is stored as a Python pickle", "plain tensors", ""});
  }
  if (payload.tensor.layout != strided_layout)
    return unsupported({"", name, "is a sparse tensor", "dense tensors", ""});
  if (element_bytes(payload.tensor.dtype) == 0) {
    return unsupported({"", name, fmt::format("has type {}", to_string(payload.tensor.dtype)),
                        "float32, float64, float16, bfloat16, int8 to int64, uint8, bool", ""});
  }
  TensorSource source;
  source.file = (in_weights ? "data/weights/" : "data/constants/") + payload.path_name;
  source.dtype = payload.tensor.dtype;
  PUDU_TRY_ASSIGN(source.sizes, plain_numbers(payload.tensor.sizes, name));
  PUDU_TRY_ASSIGN(source.strides, plain_numbers(payload.tensor.strides, name));
  PUDU_TRY_ASSIGN(source.storage_offset, plain_number(payload.tensor.storage_offset, name));
  const auto is_negative = [](std::int64_t number) { return number < 0; };
  if (source.strides.size() != source.sizes.size() || source.sizes.size() > max_rank || source.storage_offset < 0 ||
      std::any_of(source.sizes.begin(), source.sizes.end(), is_negative) ||
      std::any_of(source.strides.begin(), source.strides.end(), is_negative)) {
    return tensor_error(name, "has sizes, strides or an offset that make no tensor");
  }
  // The stride of an axis of one element means nothing, and may be any number.
  for (std::size_t axis = 0; axis < source.sizes.size(); ++axis) {
    if (source.sizes[axis] == 1) source.strides[axis] = 0;
  }
  return source;
}

Result<std::vector<float>> TensorStore::load(const TensorSource& source, const std::string& name) {
  const std::optional<std::uint64_t> count = count_elements(source.sizes);
  if (!count) return too_large(source, name, max_elements);
  if (*count == 0) return std::vector<float>();
  PUDU_TRY_ASSIGN(const std::vector<std::byte> storage, archive_->read(source.file));
  const std::size_t step_bytes = element_bytes(source.dtype);
  const std::optional<std::int64_t> end = window_end(source);
  if (!end || static_cast<std::uint64_t>(*end) > storage.size() / step_bytes) {
    return tensor_error(
        name, fmt::format("{} has {} bytes, but {} of shape {} needs {}", source.file, storage.size(),
                          to_string(source.dtype), ir::to_string(source.sizes),
                          end ? fmt::to_string(static_cast<std::uint64_t>(*end) * step_bytes) : "more than any file"));
  }
  if (*count > storage.size() / step_bytes) repeated_elements_ += *count;
  if (repeated_elements_ > max_repeated_elements) return too_large(source, name, max_repeated_elements);
  std::vector<float> elements(*count);
  std::vector<std::int64_t> index(source.sizes.size(), 0);
  std::int64_t position = source.storage_offset;
  for (float& element : elements) {
    const double exact = element_at(storage.data() + static_cast<std::size_t>(position) * step_bytes, source.dtype);
    element = static_cast<float>(exact);
    if (!std::isfinite(element) || !is_floating(source.dtype)) {
      PUDU_TRY(check_element(element, exact, source.dtype, name));
    }
    for (std::size_t axis = source.sizes.size(); axis-- > 0;) {
      position += source.strides[axis];
      if (++index[axis] < source.sizes[axis]) break;
      position -= source.strides[axis] * source.sizes[axis];
      index[axis] = 0;
    }
  }
  return elements;
}

}  // namespace pudu::frontends
