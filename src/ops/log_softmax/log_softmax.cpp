// Logarithm of softmax along one dimension. See log_softmax.md.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "kernels/log_softmax/log_softmax_s8.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"
#include "ops/softmax/rows.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(log_softmax_s8, LogSoftmaxS8)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(node.attributes.integer("dim"), input.shape.size()));
  if (const std::int64_t depth = input.shape[static_cast<std::size_t>(axis)]; depth > max_mean_elements) {
    return unsupported({.found = "a softmax over " + std::to_string(depth) + " elements",
                        .allowed = "at most " + std::to_string(max_mean_elements)});
  }
  return single_result(ir::DType::Float32, input.shape);
}

/// x - max - log(sum of exp(x - max)) for `count` elements, `stride` apart.
void log_softmax_row(const float* input, float* output, std::int64_t count, std::int64_t stride) {
  double maximum = static_cast<double>(input[0]);
  for (std::int64_t i = 1; i < count; ++i) maximum = std::max(maximum, static_cast<double>(input[i * stride]));
  double sum = 0.0;
  for (std::int64_t i = 0; i < count; ++i) sum += std::exp(static_cast<double>(input[i * stride]) - maximum);
  const double logarithm = std::log(sum);
  for (std::int64_t i = 0; i < count; ++i) {
    output[i * stride] = static_cast<float>(static_cast<double>(input[i * stride]) - maximum - logarithm);
  }
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  return for_each_row(node, inputs, outputs, log_softmax_row);
}

/// e^(-k scale) in Q.30 for every difference k of two codes.
std::vector<std::int32_t> exponentials(double scale) {
  std::vector<std::int32_t> table;
  for (int k = 0; k < 256; ++k) {
    table.push_back(static_cast<std::int32_t>(numerics::round_half_away(std::ldexp(std::exp(-k * scale), 30))));
  }
  return table;
}

/// A factor to 1/256 codes from Q.20; the kernel takes no larger one.
numerics::FixedPointMultiplier to_codes(double factor) {
  return numerics::quantize_multiplier(std::min(std::ldexp(factor, 8 - 20), 2.0));
}

Status lower(LowerContext& context) {
  if (is_float(context)) return lower_float_softmax(context, 1);
  PUDU_TRY(require_int8_operands(context));
  const ir::Value& value = context.input_value(0);
  const ir::QuantParams& output = *context.output_value().quant;
  PUDU_TRY_ASSIGN(const RowsInMemory layout, rows_in_memory(context));
  const auto scale = static_cast<double>(value.quant->scale());
  const auto output_scale = static_cast<double>(output.scale());
  const numerics::FixedPointMultiplier difference = to_codes(scale / output_scale);
  const numerics::FixedPointMultiplier logarithm = to_codes(std::numbers::ln2 / output_scale);
  const kernels::LogSoftmaxS8Params params{.outer_count = layout.rows,
                                           .depth = layout.depth,
                                           .difference_multiplier = difference.multiplier,
                                           .difference_shift = difference.shift,
                                           .sum_multiplier = logarithm.multiplier,
                                           .sum_shift = logarithm.shift,
                                           .output_offset = output.zero_point};
  const program::BufferId input = context.input(0, layout.order);
  const program::BufferId table = context.constant_of<std::int32_t>("exponentials", exponentials(scale), {256});
  context.emit(log_softmax_s8(), params,
               {{"input", input}, {"exponentials", table}, {"output", context.output(0, layout.order)}});
  return {};
}

}  // namespace

const OpDefinition& log_softmax_definition() {
  static const OpDefinition definition{
      .name = "log_softmax",
      .summary = "Logarithm of softmax along one dimension.",
      .inputs = {{.name = "input", .meaning = "any shape of rank 1 or more"}},
      .attributes = {{"dim", AttributeType::Integer, std::nullopt, "dimension whose exponentials sum to 1"}},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {&log_softmax_s8()},
      .float_kernels = {{&softmax_f32()}}};
  return definition;
}

}  // namespace pudu::ops
