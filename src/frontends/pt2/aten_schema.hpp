// Schemas of ATen operators, in the notation of PyTorch's native_functions.yaml. An exported node leaves out trailing
// arguments that equal the default, so the reader must know every default; the schema string of an operator's row in
// aten_table.cpp is the one place where they stand.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontends/pt2/exported_program.hpp"

namespace pudu::frontends {

enum class ParameterType : std::uint8_t {
  Tensor,
  TensorList,
  OptionalTensorList,  ///< written "Tensor?[]": any of them may be None
  Operand,             ///< written "Tensor|Scalar": a tensor, or the Python number that export puts in its place
  Int,
  IntList,
  Float,
  FloatList,
  Bool,
  Scalar,
  Text,
  DType,   ///< written "ScalarType"
  Ignored  ///< devices, layouts, generators: read and dropped
};

struct Parameter {
  std::string_view name;
  ParameterType type = ParameterType::Ignored;
  std::size_t list_length = 0;            ///< of "int[2]": a single number stands for that many; 0 = any length
  bool is_optional = false;               ///< written with "?": may be None
  std::optional<Argument> default_value;  ///< absent = the argument must be given
};

using Schema = std::vector<Parameter>;

/// Parses "Tensor input, Tensor? bias=None, int[2] stride=1, str padding=valid". The text is part of Pudu and must live
/// as long as the result: a malformed one throws std::logic_error.
Schema parse_schema(std::string_view text);

}  // namespace pudu::frontends
