// Applies quantization parameters to a float graph: int8 activations, int8 weights per output channel, int32 biases.
#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "quantizer/calibrate.hpp"
#include "quantizer/options.hpp"

namespace pudu::quantizer {

/// Returns the quantized graph: every activation is Int8 with per-tensor parameters, weights are Int8 constants with
/// one scale per output channel (max|w| / 127, zero point 0), biases are Int32 constants of scale input_scale *
/// weight_scale. With IoType::Float32, quantize and dequantize nodes stand at the boundary and inputs and outputs are
/// float32. What float_islands.hpp names stays float32 between quantize and dequantize nodes. InvalidInput: weights
/// that are NaN or infinite. Unsupported: an operator whose operands cannot be int8.
Result<ir::Graph> quantize(const ir::Graph& graph, const Ranges& ranges, const QuantizerOptions& options);

/// Puts quantize and dequantize nodes at the boundary of a quantized graph: its int8 inputs and outputs become float32.
Status add_float_boundary(ir::Graph& graph);

}  // namespace pudu::quantizer
