// Softmax along one dimension. See softmax.md.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "kernels/softmax/softmax_s8.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"
#include "ops/softmax/rows.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(softmax_s8, SoftmaxS8)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  PUDU_TRY(normalize_axis(node.attributes.integer("dim"), input.shape.size()));
  return single_result(input.dtype, input.shape);
}

/// exp(x - max) / sum for `count` elements, `stride` apart.
void softmax_row(const float* input, float* output, std::int64_t count, std::int64_t stride) {
  float maximum = input[0];
  for (std::int64_t i = 1; i < count; ++i) maximum = std::max(maximum, input[i * stride]);
  std::vector<double> exponentials(static_cast<std::size_t>(count));
  double sum = 0.0;
  for (std::int64_t i = 0; i < count; ++i) {
    const double exponential = std::exp(static_cast<double>(input[i * stride]) - static_cast<double>(maximum));
    exponentials[static_cast<std::size_t>(i)] = exponential;
    sum += exponential;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    output[i * stride] = static_cast<float>(exponentials[static_cast<std::size_t>(i)] / sum);
  }
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  return for_each_row(node, inputs, outputs, softmax_row);
}

Status lower(LowerContext& context) {
  if (is_float(context)) return lower_float_softmax(context, 0);
  PUDU_TRY(require_int8_operands(context));
  if (const ir::QuantParams& result = *context.output_value().quant;
      result.scale() != 1.0F / 256.0F || result.zero_point != -128) {
    return internal_error({.found = "the result of softmax has scale " + std::to_string(result.scale()) +
                                    " and zero point " + std::to_string(result.zero_point),
                           .allowed = "scale 1/256 and zero point -128"});
  }
  const ir::Value& value = context.input_value(0);
  PUDU_TRY_ASSIGN(const RowsInMemory layout, rows_in_memory(context));
  const numerics::SoftmaxScaling scaling = numerics::softmax_scaling(static_cast<double>(value.quant->scale()));
  const kernels::SoftmaxS8Params params{.outer_count = layout.rows,
                                        .depth = layout.depth,
                                        .multiplier = scaling.multiplier,
                                        .shift = scaling.shift,
                                        .diff_min = scaling.diff_min};
  const program::BufferId input = context.input(0, layout.order);
  context.emit(softmax_s8(), params, {{"input", input}, {"output", context.output(0, layout.order)}});
  return {};
}

}  // namespace

const OpDefinition& softmax_definition() {
  static const OpDefinition definition{
      .name = "softmax",
      .summary = "Softmax along one dimension.",
      .inputs = {{.name = "input", .meaning = "any shape of rank 1 or more"}},
      .attributes = {{"dim", AttributeType::Integer, std::nullopt, "dimension whose elements sum to 1"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::Fixed, .fixed_output = ir::per_tensor(1.0F / 256.0F, -128)},
      .lower = lower,
      .kernels = {&softmax_s8()},
      .float_kernels = {{&softmax_f32()}}};
  return definition;
}

}  // namespace pudu::ops
