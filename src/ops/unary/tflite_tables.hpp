// The tables of unary functions as TensorFlow Lite's int8 kernels have them, for graphs that follow its arithmetic. Two
// kinds: functions that it tabulates itself, in float32, and functions that it computes from integers for each element
// (rescaling, the ReLU family, hardswish), which are worked out here once for every code. docs/arithmetic.md lists
// them.
#pragma once

#include <span>

#include "base/result.hpp"
#include "ops/unary/functions.hpp"

namespace pudu::ops {

/// As make_unary_table; functions that TensorFlow Lite has no int8 kernel for are as make_unary_table has them.
/// Unsupported for scales that its hardswish refuses.
Result<UnaryTable> make_tflite_unary_table(const UnaryFunction& function, std::span<const double> parameters,
                                           const ir::QuantParams& input, const ir::QuantParams& output);

}  // namespace pudu::ops
