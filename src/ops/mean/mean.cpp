// Mean over some dimensions. See mean.md.
#include <algorithm>

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "numerics/tflite.hpp"
#include "ops/avg_pool2d/pool2d.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/int16_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"
#include "ops/reduction.hpp"

namespace pudu::ops {
namespace {

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  return infer_reduction(graph, node, "a mean");
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  PUDU_TRY_ASSIGN(const Reduction reduction, reduction_of(node, inputs[0].shape()));
  const std::vector<double> sums = reduced_sums(inputs[0], reduction);
  const auto count = static_cast<double>(reduction.elements);
  std::transform(sums.begin(), sums.end(), outputs[0].mutable_data().begin(),
                 [count](double sum) { return static_cast<float>(sum / count); });
  return {};
}

kernels::AvgPool2dS8Params column_mean_params(std::int64_t outer, std::int64_t count, std::int64_t inner) {
  kernels::AvgPool2dS8Params params{};
  params.batches = static_cast<std::int32_t>(outer);
  params.input_h = static_cast<std::int32_t>(count);
  params.input_w = 1;
  params.channels = static_cast<std::int32_t>(inner);
  params.output_h = 1;
  params.output_w = 1;
  params.kernel_h = static_cast<std::int32_t>(count);
  params.kernel_w = 1;
  params.stride_h = 1;
  params.stride_w = 1;
  params.activation_min = -128;
  params.activation_max = 127;
  return params;
}

/// A sum that is rescaled once, so that the result may have a scale of its own.
Status lower_as_sum(LowerContext& context) {
  PUDU_TRY(require_int8_operands(context));
  PUDU_TRY_ASSIGN(const Reduction reduction, reduction_of(context.node(), context.input_value(0).type.shape));
  const float input_scale = context.input_value(0).quant->scale();
  const float output_scale = context.output_value().quant->scale();
  if (context.graph().arithmetic == ir::Arithmetic::TfLite) {
    const numerics::FixedPointMultiplier sum = numerics::tflite::ratio_scaling(input_scale, output_scale);
    emit_scaled_sum(context, reduction, numerics::tflite::mean_scaling(sum, reduction.elements));
  } else {
    const double divisor = static_cast<double>(output_scale) * static_cast<double>(reduction.elements);
    emit_scaled_sum(context, reduction, numerics::quantize_multiplier(static_cast<double>(input_scale) / divisor));
  }
  return {};
}

/// Input and result share their scale.
Status lower_int16(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const ir::Value& value = context.input_value(0);
  PUDU_TRY_ASSIGN(const Reduction reduction, reduction_of(context.node(), value.type.shape));
  const ReductionLayout layout = reduction_layout(value.type.shape, context.input_order(0), reduction);
  if (reduction.elements > kernels::AvgPool2dS16::most_taps) {
    return unsupported({.found = "a mean of " + std::to_string(reduction.elements) + " elements of 16 bits",
                        .allowed = "at most " + std::to_string(kernels::AvgPool2dS16::most_taps)});
  }
  const auto count = static_cast<std::int32_t>(reduction.elements);
  const kernels::AvgPool2dS16Params params{.batches = static_cast<std::int32_t>(layout.outer),
                                           .input_h = count,
                                           .input_w = 1,
                                           .channels = static_cast<std::int32_t>(layout.inner),
                                           .output_h = 1,
                                           .output_w = 1,
                                           .kernel_h = count,
                                           .kernel_w = 1,
                                           .stride_h = 1,
                                           .stride_w = 1,
                                           .output_min = INT16_MIN,
                                           .output_max = INT16_MAX};
  const program::BufferId input = context.input(0, layout.input_order);
  context.emit(avg_pool2d_s16(), params, {{"input", input}, {"output", context.output(0, layout.output_order)}});
  return {};
}

Status lower(LowerContext& context) {
  if (is_int16(context)) return lower_int16(context);
  if (is_float(context)) {
    PUDU_TRY_ASSIGN(const Reduction averaged, reduction_of(context.node(), context.input_value(0).type.shape));
    return lower_float_sum(context, averaged, static_cast<double>(averaged.elements));
  }
  const bool has_own_scale = !require_shared_quantization(context);
  if (has_own_scale || context.graph().arithmetic == ir::Arithmetic::TfLite) return lower_as_sum(context);
  PUDU_TRY(require_int8_operands(context));
  const ir::Value& value = context.input_value(0);
  PUDU_TRY_ASSIGN(const Reduction reduction, reduction_of(context.node(), value.type.shape));
  const ReductionLayout layout = reduction_layout(value.type.shape, context.input_order(0), reduction);
  if (reduction.elements == 1) {
    context.alias_output(0, 0, layout.input_order, layout.output_order);
    return {};
  }
  auto params = column_mean_params(layout.outer, reduction.elements, layout.inner);
  params.pad_value = value.quant->zero_point;
  const program::BufferId input = context.input(0, layout.input_order);
  context.emit(avg_pool2d_s8(), params, {{"input", input}, {"output", context.output(0, layout.output_order)}});
  return {};
}

}  // namespace

const OpDefinition& mean_definition() {
  using Integers = std::vector<std::int64_t>;
  static const OpDefinition definition{
      .name = "mean",
      .summary = "Mean over some dimensions.",
      .inputs = {{.name = "input", .meaning = "any shape"}},
      .attributes = {{"dims", AttributeType::Integers, Integers{}, "dimensions that are averaged; none: all"},
                     {"keepdim", AttributeType::Integer, std::int64_t{0}, "1: averaged dimensions stay, with size 1"}},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {&avg_pool2d_s8(), &sum_s8()},
      .float_kernels = {{&sum_f32()}},
      .int16_kernels = {{&avg_pool2d_s16()}}};
  return definition;
}

}  // namespace pudu::ops
