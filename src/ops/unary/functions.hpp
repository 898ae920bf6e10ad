// The functions of one number that the unary operator knows, derived from functions.def.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/types.hpp"

namespace pudu::ops {

struct UnaryFunction {
  std::string_view name;
  std::vector<std::string_view> parameters;  ///< names, in order
  std::string_view formula;                  ///< for the docs
  double (*evaluate)(double x, std::span<const double> parameters);
};

/// Every function, in the order of functions.def.
std::span<const UnaryFunction> unary_functions();
/// The function of that name, or null.
const UnaryFunction* find_unary_function(std::string_view name);
/// Their names, separated by commas.
const std::string& unary_function_names();

/// Entry q + 128 is the output code of input code q: the formula in double, ties away from zero, clamped; where the
/// formula has no value (log of -1), the output's zero point.
using UnaryTable = std::array<std::int8_t, 256>;
UnaryTable make_unary_table(const UnaryFunction& function, std::span<const double> parameters,
                            const ir::QuantParams& input, const ir::QuantParams& output);

/// Table of kernels::LutS16 for symmetric codes of 16 bits: entry i belongs to code (i - 256) * 128 and is the formula
/// in double, ties away from zero, less half of the error that interpolation makes in the middle of the segment behind
/// it (TensorFlow Lite's LUTPopulate), clamped; 0 where the formula has no value.
std::vector<std::int16_t> make_wide_unary_table(const UnaryFunction& function, std::span<const double> parameters,
                                                const ir::QuantParams& input, const ir::QuantParams& output);

/// Number of the function in kernels::UnaryF32, if that has it.
std::optional<std::int32_t> float_function(std::string_view name);

}  // namespace pudu::ops
