#include "frontends/pt2/exported_program.hpp"

#include <fmt/format.h>

namespace pudu::frontends {

std::string to_string(ScalarType type) {
  switch (type) {
    case ScalarType::UInt8:
      return "uint8";
    case ScalarType::Int8:
      return "int8";
    case ScalarType::Int16:
      return "int16";
    case ScalarType::Int32:
      return "int32";
    case ScalarType::Int64:
      return "int64";
    case ScalarType::Float16:
      return "float16";
    case ScalarType::Float32:
      return "float32";
    case ScalarType::Float64:
      return "float64";
    case ScalarType::Bool:
      return "bool";
    case ScalarType::BFloat16:
      return "bfloat16";
    case ScalarType::ComplexHalf:
    case ScalarType::ComplexFloat:
    case ScalarType::ComplexDouble:
      return "complex";
    case ScalarType::Unknown:
      break;
  }
  return fmt::format("data type {}", static_cast<int>(type));
}

std::string short_target(std::string_view target) {
  constexpr std::string_view ops_prefix = "torch.ops.";
  if (target.starts_with(ops_prefix)) target.remove_prefix(ops_prefix.size());
  return std::string(target);
}

}  // namespace pudu::frontends
