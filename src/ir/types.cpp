#include "ir/types.hpp"

#include <algorithm>
#include <array>

namespace pudu::ir {
namespace {

struct DTypeInfo {
  DType dtype;
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array dtype_table = {
    DTypeInfo{DType::Float32, "f32", 4}, DTypeInfo{DType::Int8, "i8", 1},   DTypeInfo{DType::UInt8, "u8", 1},
    DTypeInfo{DType::Int16, "i16", 2},   DTypeInfo{DType::Int32, "i32", 4}, DTypeInfo{DType::Int64, "i64", 8},
    DTypeInfo{DType::Bool, "bool", 1},
};

}  // namespace

std::size_t size_in_bytes(DType dtype) {
  return dtype_table[static_cast<std::size_t>(dtype)].bytes;
}

std::string_view to_string(DType dtype) {
  return dtype_table[static_cast<std::size_t>(dtype)].name;
}

std::optional<DType> parse_dtype(std::string_view name) {
  const auto* const found =
      std::find_if(dtype_table.begin(), dtype_table.end(), [&](const DTypeInfo& info) { return info.name == name; });
  if (found == dtype_table.end()) return std::nullopt;
  return found->dtype;
}

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(size);
  }
  return text + "]";
}

QuantParams per_tensor(float scale, std::int32_t zero_point) {
  return {.scales = {scale}, .zero_point = zero_point, .axis = std::nullopt};
}

}  // namespace pudu::ir
