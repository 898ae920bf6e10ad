// Operators whose data operands and results are int16, with int8 weights (16x8): symmetric codes, zero point 0. The
// same `lower` serves int8 and int16; what it may call for int16 are the kernels of OpDefinition::int16_kernels.
#pragma once

#include "base/result.hpp"
#include "ops/kernel_binding.hpp"
#include "ops/lower_context.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {

/// Is the result of the node to be lowered int16?
bool is_int16(const LowerContext& context);

/// Unsupported unless the value is int16 with one scale and zero point 0: a file may mix types within one operator.
Status require_int16(const ir::Value& value);
/// require_int16 for operand `first` on and every result; Unsupported when the operator has no int16 form.
Status require_int16_operands(const LowerContext& context, std::size_t first = 0);

/// The codes that a layer with weights reads and writes.
enum class LayerCodes : std::uint8_t { Int8, Int16, Int16ToInt8, Int8ToInt16 };

/// Of the node's operand `input` and its result. Unsupported for what is neither int8 nor int16 with zero point 0, and
/// for layers of both in TensorFlow Lite's arithmetic, which has none.
Result<LayerCodes> codes_of_layer(const LowerContext& context, std::size_t input);
/// channel_scaling for a layer of these codes. Unsupported when a channel's factor is 2^14 or more in a 16x8 layer,
/// whose kernels cannot apply it: the input's or the weights' scale is far too coarse for the result's.
Result<ChannelScaling> scaling_of_layer(LowerContext& context, LayerCodes codes, float input_scale,
                                        const ir::QuantParams& weights, std::int64_t channels);

/// Do the operator's int16 kernels take int8 for the operand and make int16, and the reverse?
bool mixes_widths(const OpDefinition& definition);

const KernelBinding& avg_pool2d_s16();
const KernelBinding& strided_slice_s16();

}  // namespace pudu::ops
