#include "ops/int16_node.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"
#include "kernels/strided_slice_s16/strided_slice_s16.hpp"
#include "ops/op_definition.hpp"
#include "ops/registry.hpp"

namespace pudu::ops {

PUDU_KERNEL_BINDING(avg_pool2d_s16, AvgPool2dS16)
PUDU_KERNEL_BINDING(strided_slice_s16, StridedSliceS16)

namespace {

bool has_operand(const KernelBinding& kernel, std::string_view name, program::ElementType element) {
  return std::any_of(kernel.operands.begin(), kernel.operands.end(),
                     [&](const OperandField& field) { return field.name == name && field.element == element; });
}

}  // namespace

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

Result<LayerCodes> codes_of_layer(const LowerContext& context, std::size_t input) {
  const ir::Value &read = context.input_value(input), &written = context.output_value();
  const bool reads_int16 = read.type.dtype == ir::DType::Int16, writes_int16 = is_int16(context);
  const bool may_mix = context.graph().arithmetic != ir::Arithmetic::TfLite;
  PUDU_TRY(reads_int16 || (writes_int16 && !may_mix) ? require_int16(read) : require_int8(read));
  PUDU_TRY(writes_int16 || (reads_int16 && !may_mix) ? require_int16(written) : require_int8(written));
  if (reads_int16) return writes_int16 ? LayerCodes::Int16 : LayerCodes::Int16ToInt8;
  return writes_int16 ? LayerCodes::Int8ToInt16 : LayerCodes::Int8;
}

bool mixes_widths(const OpDefinition& definition) {
  if (!definition.int16_kernels) return false;
  using program::ElementType;
  const auto has = [&](ElementType read, ElementType written) {
    return std::any_of(definition.int16_kernels->begin(), definition.int16_kernels->end(), [&](const auto* kernel) {
      return has_operand(*kernel, "weights", ElementType::Int8) && has_operand(*kernel, "input", read) &&
             has_operand(*kernel, "output", written);
    });
  };
  return has(ElementType::Int8, ElementType::Int16) && has(ElementType::Int16, ElementType::Int8);
}

Result<ChannelScaling> scaling_of_layer(LowerContext& context, LayerCodes codes, float input_scale,
                                        const ir::QuantParams& weights, std::int64_t channels) {
  const float output_scale = context.output_value().quant->scale();
  const std::size_t checked = codes == LayerCodes::Int8 ? 0 : weights.scales.size();
  for (std::size_t c = 0; c < checked; ++c) {
    const double factor =
        static_cast<double>(input_scale) * static_cast<double>(weights.scales[c]) / static_cast<double>(output_scale);
    if (factor < 16383.5) continue;
    return unsupported({.found = "a factor of " + std::to_string(factor) + " from sums of channel " +
                                 std::to_string(c) + " to the result's codes",
                        .allowed = "factors below 16384",
                        .hint = "calibrate with samples that reach the layer's usual range"});
  }
  return channel_scaling(context, input_scale, weights, output_scale, channels);
}

}  // namespace pudu::ops
