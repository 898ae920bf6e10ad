#include "ops/int16_node.hpp"

#include <cmath>
#include <string>

#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"
#include "kernels/strided_slice_s16/strided_slice_s16.hpp"
#include "ops/op_definition.hpp"
#include "ops/registry.hpp"

namespace pudu::ops {

PUDU_KERNEL_BINDING(avg_pool2d_s16, AvgPool2dS16)
PUDU_KERNEL_BINDING(strided_slice_s16, StridedSliceS16)

bool is_int16(const LowerContext& context) {
  return context.output_value().type.dtype == ir::DType::Int16;
}

Status require_int16(const ir::Value& value) {
  const bool is_symmetric = value.quant && !value.quant->per_channel() && value.quant->zero_point == 0;
  if (value.type.dtype == ir::DType::Int16 && is_symmetric) return {};
  if (value.type.dtype == ir::DType::Int16 && value.quant) {
    return unsupported(
        {.found = "value " + value.name + " of 16 bits with zero point " + std::to_string(value.quant->zero_point),
         .allowed = "one scale and zero point 0"});
  }
  return unsupported({.found = "value " + value.name + " of type " + std::string(ir::to_string(value.type.dtype)) +
                               " beside values of 16 bits",
                      .allowed = "int16 with one scale"});
}

Status require_int16_operands(const LowerContext& context, std::size_t first) {
  if (!operator_of(context.node()).int16_kernels) {
    return unsupported({.found = "operator " + context.node().op + " with values of 16 bits", .allowed = "int8"});
  }
  for (std::size_t i = first; i < context.node().inputs.size(); ++i) {
    if (has_input(context.node(), i)) PUDU_TRY(require_int16(context.input_value(i)));
  }
  for (std::size_t i = 0; i < context.node().outputs.size(); ++i) PUDU_TRY(require_int16(context.output_value(i)));
  return {};
}

Status require_codes_of_result(const LowerContext& context, const ir::Value& value) {
  return is_int16(context) ? require_int16(value) : require_int8(value);
}

Result<ChannelScaling> scaling_of_layer(LowerContext& context, float input_scale, const ir::QuantParams& weights,
                                        float output_scale, std::int64_t channels) {
  const std::size_t checked = is_int16(context) ? weights.scales.size() : 0;
  for (std::size_t c = 0; c < checked; ++c) {
    const double factor =
        static_cast<double>(input_scale) * static_cast<double>(weights.scales[c]) / static_cast<double>(output_scale);
    if (factor < 16383.5) continue;
    return unsupported({.found = "a factor of " + std::to_string(factor) + " from sums of channel " +
                                 std::to_string(c) + " to 16-bit results",
                        .allowed = "factors below 16384",
                        .hint = "calibrate with samples that reach the layer's usual range"});
  }
  return channel_scaling(context, input_scale, weights, output_scale, channels);
}

}  // namespace pudu::ops
