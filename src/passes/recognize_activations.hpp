#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Activation functions that a model or a decomposition has written out become one unary node again:
/// - add and mul with a constant of one element -> scale_shift,
/// - clamp of clamp (relu6 as max and min) -> clamp,
/// - clamp(x + 3, 0, 6) / 6, however scaled -> hardsigmoid,
/// - x * hardsigmoid(x), x * clamp(x + 3, 0, 6) / 6 -> hardswish,
/// - x * sigmoid(x) -> silu, x * tanh(softplus(x)) -> mish.
Status recognize_activations(ir::Graph& graph);

}  // namespace pudu::passes
