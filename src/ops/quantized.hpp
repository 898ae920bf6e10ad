// What the int8 operators share: activations fused into an operator, and the integers that kernels take for them.
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/tensor.hpp"

namespace pudu::ops {

/// The attributes of an activation that passes have fused: the result is clamped to [activation_min, activation_max].
AttributeSpec activation_min_spec();
AttributeSpec activation_max_spec();

/// InvalidInput when the bounds are NaN or the wrong way round.
Status check_activation(const ir::Node& node);
/// Clamps every element to the node's activation bounds; NaN stays NaN.
void apply_activation(const ir::Node& node, std::span<float> data);

/// The optional bias at `index` is f32, or i32 once quantized, with one element a channel.
Status check_bias(const ir::Graph& graph, const ir::Node& node, std::size_t index, std::int64_t channels);

/// Bounds of output codes.
struct CodeRange {
  std::int32_t min;
  std::int32_t max;
};
/// The activation bounds of the node as codes of its result, within quant_min and quant_max, rounded as the graph's
/// arithmetic has it.
CodeRange activation_codes(const LowerContext& context);

/// Internal error unless the value is int8 with one scale; Unsupported for codes of 16 bits, which files may ask for.
Status require_int8(const ir::Value& value);
/// require_int8 for operand `first` on and every result.
Status require_int8_operands(const LowerContext& context, std::size_t first = 0);

/// Operands of a kernel with one requantization per output channel.
struct ChannelScaling {
  program::BufferId multipliers;  ///< int32 [channels]
  program::BufferId shifts;       ///< int32 [channels]
};
/// input scale * weight scale[c] / output scale in the graph's arithmetic, as constants of the node; `weights` has one
/// scale or one per channel. (In TensorFlow Lite's, one scale means a fully connected layer, which multiplies in
/// float.)
ChannelScaling channel_scaling(LowerContext& context, float input_scale, const ir::QuantParams& weights,
                               float output_scale, std::int64_t channels);

/// Buffer of the optional operand `index` (int32, one element a channel), or of zeros.
program::BufferId bias_or_zeros(LowerContext& context, std::size_t index, std::int64_t channels);

/// Weights must be int8 constants with scales along axis 0: Unsupported when they are computed by the model, else
/// Internal.
Status check_weights(const LowerContext& context, std::size_t index, std::int64_t channels);

}  // namespace pudu::ops
