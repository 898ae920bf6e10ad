// A quantized graph as a float one: the same nodes on the numbers that its codes stand for. What `pudu validate`
// compares a network with that comes quantized out of its file.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::driver {

/// Values keep their names and ids. Weights are their codes times their scales, biases their integers times the scales
/// of operand and weights; nodes between codes and numbers, and between codes of different scales, change nothing.
/// Nothing is rounded, and nothing is clipped but by the activations that the graph states. Unsupported, naming the
/// node: biases of an operator whose scales follow from more than one operand and its weights.
Result<ir::Graph> dequantized(const ir::Graph& graph);

/// What codes of int8 or int16 stand for.
std::vector<float> dequantized(std::span<const std::byte> codes, const ir::TensorType& type,
                               const ir::QuantParams& quant);

}  // namespace pudu::driver
