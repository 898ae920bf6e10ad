// Sum over some dimensions. See sum.md.
#include <algorithm>

#include "kernels/sum/sum_s8.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "numerics/tflite.hpp"
#include "ops/float_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"
#include "ops/reduction.hpp"

namespace pudu::ops {
namespace {

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  return infer_reduction(graph, node, "a sum");
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  PUDU_TRY_ASSIGN(const Reduction reduction, reduction_of(node, inputs[0].shape()));
  const std::vector<double> sums = reduced_sums(inputs[0], reduction);
  std::transform(sums.begin(), sums.end(), outputs[0].mutable_data().begin(),
                 [](double sum) { return static_cast<float>(sum); });
  return {};
}

numerics::FixedPointMultiplier sum_scaling(const LowerContext& context) {
  const float input_scale = context.input_value(0).quant->scale();
  const float output_scale = context.output_value().quant->scale();
  if (context.graph().arithmetic == ir::Arithmetic::TfLite) {
    return numerics::tflite::ratio_scaling(input_scale, output_scale);
  }
  return numerics::quantize_multiplier(static_cast<double>(input_scale) / static_cast<double>(output_scale));
}

Status lower(LowerContext& context) {
  if (is_float(context)) {
    PUDU_TRY_ASSIGN(const Reduction summed, reduction_of(context.node(), context.input_value(0).type.shape));
    return lower_float_sum(context, summed, 1.0);
  }
  PUDU_TRY(require_int8_operands(context));
  PUDU_TRY_ASSIGN(const Reduction reduction, reduction_of(context.node(), context.input_value(0).type.shape));
  emit_scaled_sum(context, reduction, sum_scaling(context));
  return {};
}

}  // namespace

PUDU_KERNEL_BINDING(sum_s8, SumS8)

void emit_scaled_sum(LowerContext& context, const Reduction& reduction, const numerics::FixedPointMultiplier& scaling) {
  const ir::Value& value = context.input_value(0);
  const ReductionLayout layout = reduction_layout(value.type.shape, context.input_order(0), reduction);
  const kernels::SumS8Params params{.outer_count = static_cast<std::int32_t>(layout.outer),
                                    .sum_count = static_cast<std::int32_t>(reduction.elements),
                                    .inner_count = static_cast<std::int32_t>(layout.inner),
                                    .input_offset = -value.quant->zero_point,
                                    .output_offset = context.output_value().quant->zero_point,
                                    .output_multiplier = scaling.multiplier,
                                    .output_shift = scaling.shift};
  const program::BufferId input = context.input(0, layout.input_order);
  context.emit(sum_s8(), params, {{"input", input}, {"output", context.output(0, layout.output_order)}});
}

const OpDefinition& sum_definition() {
  using Integers = std::vector<std::int64_t>;
  static const OpDefinition definition{
      .name = "sum",
      .summary = "Sum over some dimensions.",
      .inputs = {{.name = "input", .meaning = "any shape"}},
      .attributes = {{"dims", AttributeType::Integers, Integers{}, "dimensions that are summed; none: all"},
                     {"keepdim", AttributeType::Integer, std::int64_t{0}, "1: summed dimensions stay, with size 1"}},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {&sum_s8()},
      .float_kernels = {{&sum_f32()}}};
  return definition;
}

}  // namespace pudu::ops
