// Elementwise product of two tensors. See mul.md.
#include "kernels/binary_f32/binary_f32.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "kernels/mul_s16/mul_s16.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "numerics/tflite.hpp"
#include "ops/broadcast.hpp"
#include "ops/int16_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(mul_s8, MulS8)
PUDU_KERNEL_BINDING(mul_s16, MulS16)

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  for_each_broadcast(inputs[0], inputs[1], outputs[0], [](float a, float b) { return a * b; });
  apply_activation(node, outputs[0].mutable_data());
  return {};
}

numerics::FixedPointMultiplier scaling_of(const LowerContext& context) {
  const float scale1 = context.input_value(0).quant->scale();
  const float scale2 = context.input_value(1).quant->scale();
  const float output_scale = context.output_value().quant->scale();
  if (context.graph().arithmetic == ir::Arithmetic::TfLite) {
    return numerics::tflite::float_product_scaling(scale1, scale2, output_scale);
  }
  return numerics::product_scaling(static_cast<double>(scale1), static_cast<double>(scale2),
                                   static_cast<double>(output_scale));
}

Status lower_int16(LowerContext& context) {
  PUDU_TRY_ASSIGN(const LoweredBroadcast broadcast, lower_broadcast(context));
  const CodeRange activation = activation_codes(context);
  const numerics::FixedPointMultiplier scaling = scaling_of(context);
  kernels::MulS16Params params{};
  set_loop(broadcast.loop, params);
  params.output_multiplier = scaling.multiplier;
  params.output_shift = scaling.shift;
  params.output_min = activation.min;
  params.output_max = activation.max;
  emit_broadcast(context, mul_s16(), params, broadcast);
  return {};
}

Status lower(LowerContext& context) {
  if (is_int16(context)) return lower_int16(context);
  if (is_float(context)) {
    return lower_float_binary(context, kernels::BinaryF32::multiply, 1.0, float_bounds(context.node()));
  }
  PUDU_TRY_ASSIGN(const LoweredBroadcast broadcast, lower_broadcast(context));
  const ir::QuantParams& input1 = *context.input_value(0).quant;
  const ir::QuantParams& input2 = *context.input_value(1).quant;
  const ir::QuantParams& output = *context.output_value().quant;
  const CodeRange activation = activation_codes(context);
  const numerics::FixedPointMultiplier scaling = scaling_of(context);
  kernels::MulS8Params params{};
  set_loop(broadcast.loop, params);
  params.input1_offset = -input1.zero_point;
  params.input2_offset = -input2.zero_point;
  params.output_offset = output.zero_point;
  params.output_multiplier = scaling.multiplier;
  params.output_shift = scaling.shift;
  params.activation_min = activation.min;
  params.activation_max = activation.max;
  emit_broadcast(context, mul_s8(), params, broadcast);
  return {};
}

}  // namespace

const OpDefinition& mul_definition() {
  static const OpDefinition definition = {
      .name = "mul",
      .summary = "a * b, element by element with broadcasting.",
      .inputs = {{"a", OperandPresence::Required, "any tensor"},
                 {"b", OperandPresence::Required, "any tensor; shapes broadcast"}},
      .attributes = {activation_min_spec(), activation_max_spec()},
      .infer = infer_broadcast,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {&mul_s8()},
      .float_kernels = {{&binary_f32()}},
      .int16_kernels = {{&mul_s16()}},
      .macs = nullptr,
  };
  return definition;
}

}  // namespace pudu::ops
