// Sum of two tensors, the second one scaled. See add.md.
#include <cmath>
#include <optional>
#include <string>

#include "kernels/add/add_s8.hpp"
#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "kernels/add_mve/add_mve_s8.hpp"
#include "kernels/add_s16/add_s16.hpp"
#include "kernels/binary_f32/binary_f32.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "numerics/tflite.hpp"
#include "ops/add/tflite_difference.hpp"
#include "ops/broadcast.hpp"
#include "ops/int16_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(add_s8, AddS8)
PUDU_KERNEL_BINDING(add_dsp_s8, AddDspS8)
PUDU_KERNEL_BINDING(add_mve_s8, AddMveS8)
PUDU_KERNEL_BINDING(add_s16, AddS16)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  if (const double alpha = node.attributes.real("alpha"); !std::isfinite(alpha)) {
    return invalid_input({.found = "alpha is " + std::to_string(alpha), .allowed = "a finite number"});
  }
  return infer_broadcast(graph, node);
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const auto alpha = static_cast<float>(node.attributes.real("alpha"));
  for_each_broadcast(inputs[0], inputs[1], outputs[0], [alpha](float a, float b) { return a + alpha * b; });
  apply_activation(node, outputs[0].mutable_data());
  return {};
}

numerics::AddScaling scaling_of(const LowerContext& context, double alpha, int left_shift) {
  const float scale1 = context.input_value(0).quant->scale();
  const float scale2 = context.input_value(1).quant->scale();
  const float output_scale = context.output_value().quant->scale();
  if (context.graph().arithmetic == ir::Arithmetic::TfLite && std::abs(alpha) == 1.0) {
    return numerics::tflite::add_scaling(scale1, scale2, output_scale, left_shift);
  }
  return numerics::add_scaling(static_cast<double>(scale1), static_cast<double>(scale2) * std::abs(alpha),
                               static_cast<double>(output_scale), left_shift);
}

/// Input 2 is subtracted.
Status make_difference(const LowerContext& context, kernels::AddS8Params& params) {
  if (context.graph().arithmetic != ir::Arithmetic::TfLite) {
    params.input2_multiplier = -params.input2_multiplier;
    return {};
  }
  const std::optional<std::int32_t> multiplier = subtracting_multiplier(params);
  if (!multiplier) {
    return unsupported({.found = "a subtraction whose scales put operands at ties",
                        .allowed = "scales with which addition of a negative number rounds as TensorFlow Lite does"});
  }
  params.input2_multiplier = *multiplier;
  return {};
}

Status lower_int16(LowerContext& context) {
  PUDU_TRY_ASSIGN(const LoweredBroadcast broadcast, lower_broadcast(context));
  const double alpha = context.node().attributes.real("alpha");
  const CodeRange activation = activation_codes(context);
  const numerics::AddScaling scaling = scaling_of(context, alpha, kernels::AddS16::left_shift);
  if (alpha < 0.0 && context.graph().arithmetic == ir::Arithmetic::TfLite) {
    return unsupported({.found = "a subtraction of 16-bit values in TensorFlow Lite's arithmetic",
                        .allowed = "additions, and subtractions of int8"});
  }
  kernels::AddS16Params params{};
  set_loop(broadcast.loop, params);
  params.input1_multiplier = scaling.input1.multiplier;
  params.input1_shift = scaling.input1.shift;
  params.input2_multiplier = alpha < 0.0 ? -scaling.input2.multiplier : scaling.input2.multiplier;
  params.input2_shift = scaling.input2.shift;
  params.output_multiplier = scaling.output.multiplier;
  params.output_shift = scaling.output.shift;
  params.output_min = activation.min;
  params.output_max = activation.max;
  emit_broadcast(context, add_s16(), params, broadcast);
  return {};
}

Status lower(LowerContext& context) {
  if (is_int16(context)) return lower_int16(context);
  if (is_float(context)) {
    return lower_float_binary(context, kernels::BinaryF32::add, context.node().attributes.real("alpha"),
                              float_bounds(context.node()));
  }
  PUDU_TRY_ASSIGN(const LoweredBroadcast broadcast, lower_broadcast(context));
  const ir::QuantParams& input1 = *context.input_value(0).quant;
  const ir::QuantParams& input2 = *context.input_value(1).quant;
  const ir::QuantParams& output = *context.output_value().quant;
  const double alpha = context.node().attributes.real("alpha");
  const CodeRange activation = activation_codes(context);
  const numerics::AddScaling scaling = scaling_of(context, alpha, kernels::AddS8::left_shift);
  kernels::AddS8Params params{};
  set_loop(broadcast.loop, params);
  params.input1_offset = -input1.zero_point;
  params.input1_multiplier = scaling.input1.multiplier;
  params.input1_shift = scaling.input1.shift;
  params.input2_offset = -input2.zero_point;
  params.input2_multiplier = scaling.input2.multiplier;
  params.input2_shift = scaling.input2.shift;
  params.output_offset = output.zero_point;
  params.output_multiplier = scaling.output.multiplier;
  params.output_shift = scaling.output.shift;
  params.activation_min = activation.min;
  params.activation_max = activation.max;
  if (alpha < 0.0) PUDU_TRY(make_difference(context, params));
  emit_broadcast(context, add_s8(), params, broadcast);
  return {};
}

}  // namespace

const OpDefinition& add_definition() {
  static const OpDefinition definition = {
      .name = "add",
      .summary = "a + alpha * b with broadcasting; alpha -1 is subtraction.",
      .inputs = {{"a", OperandPresence::Required, "any tensor"},
                 {"b", OperandPresence::Required, "any tensor; shapes broadcast"}},
      .attributes = {{"alpha", AttributeType::Real, 1.0, "factor of b, of either sign"},
                     activation_min_spec(),
                     activation_max_spec()},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {&add_s8(), &add_dsp_s8(), &add_mve_s8()},
      .float_kernels = {{&binary_f32()}},
      .int16_kernels = {{&add_s16()}},
      .macs = nullptr,
  };
  return definition;
}

}  // namespace pudu::ops
