// What the calls of the known operators look like, from operators.def, the one list of names, arguments and their
// kinds, and from kernel_operators.hpp, which has those of Pudu's own.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "pte/program.hpp"

namespace pudu::pte {

enum class ArgumentKind : std::uint8_t {
  Tensor,
  OptionalTensor,
  TensorList,
  Int,
  OptionalInt,
  Double,
  Bool,
  IntList,
  OptionalIntList,
};

/// What a call does with a tensor.
enum class Access : std::uint8_t { Read, Write, Scratch };

struct Argument {
  std::string_view name;  ///< "self_zero_point"
  std::string_view type;  ///< "int", as the schema writes it
  ArgumentKind kind;
  Access access = Access::Read;
};

struct Schema {
  std::string_view name;      ///< "cortex_m::quantized_add"
  std::string_view overload;  ///< "out"
  std::vector<Argument> arguments;
  std::string_view in_place_input = {};  ///< the argument whose bytes `out` may be, of an operator of Pudu's own

  /// "quantized_add", and true for both twins of an operator on images.
  bool is(std::string_view short_name) const;
  /// Are its images [N, H, W, C], not PyTorch's [N, C, H, W]?
  bool is_nhwc() const { return name.ends_with("_nhwc"); }
  /// Values in a KernelCall: the arguments, and `out` once more as what is returned.
  std::size_t call_values() const { return arguments.size() + 1; }
  /// Position of the argument, which must exist.
  std::size_t position(std::string_view argument) const;
};

std::span<const Schema> schemas();
/// Null for an operator that Pudu does not know.
const Schema* find_schema(const Operator& op);

/// Does a value of this kind fit the argument?
bool fits(const Value& value, ArgumentKind kind);

}  // namespace pudu::pte
