#include "pte/program.hpp"

#include <fmt/format.h>

#include <array>

namespace pudu::pte {
namespace {

struct ScalarTypeInfo {
  ScalarType type;
  std::size_t bytes;
  std::string_view name;
};

constexpr ScalarTypeInfo scalar_types[] = {
    {ScalarType::UInt8, 1, "uint8"},       {ScalarType::Int8, 1, "int8"},       {ScalarType::Int16, 2, "int16"},
    {ScalarType::Int32, 4, "int32"},       {ScalarType::Int64, 8, "int64"},     {ScalarType::Float16, 2, "float16"},
    {ScalarType::Float32, 4, "float32"},   {ScalarType::Float64, 8, "float64"}, {ScalarType::Bool, 1, "bool"},
    {ScalarType::BFloat16, 2, "bfloat16"}, {ScalarType::UInt16, 2, "uint16"},   {ScalarType::UInt32, 4, "uint32"},
    {ScalarType::UInt64, 8, "uint64"},
};

}  // namespace

std::size_t element_bytes(ScalarType type) {
  for (const ScalarTypeInfo& info : scalar_types) {
    if (info.type == type) return info.bytes;
  }
  return 0;
}

std::string to_string(ScalarType type) {
  for (const ScalarTypeInfo& info : scalar_types) {
    if (info.type == type) return std::string(info.name);
  }
  return fmt::format("scalar type {}", static_cast<int>(type));
}

std::string_view kind_name(const Value& value) {
  static constexpr std::array<std::string_view, std::variant_size_v<Value>> names = {
      "Null", "Int", "Bool", "Double", "Tensor", "String", "IntList", "DoubleList", "BoolList", "TensorList"};
  return names[value.index()];
}

std::vector<std::int64_t> Plan::integers(const IntList& list) const {
  std::vector<std::int64_t> integers;
  for (const std::int64_t item : list.items) {
    integers.push_back(std::get<std::int64_t>(values[static_cast<std::size_t>(item)]));
  }
  return integers;
}

}  // namespace pudu::pte
