// A slope for negative numbers of each channel. See prelu.md.
#include <cmath>
#include <string>
#include <vector>

#include "kernels/prelu/prelu_s8.hpp"
#include "kernels/prelu_codes/prelu_codes_s8.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "numerics/tflite.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(prelu_s8, PreluS8)
PUDU_KERNEL_BINDING(prelu_codes_s8, PreluCodesS8)

enum Operand : std::size_t { Input, Weight };

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, Input));
  const ir::TensorType& input = input_type(graph, node, Input);
  if (input.shape.size() < 2) {
    return invalid_input({.found = "input of shape " + ir::to_string(input.shape), .allowed = "[N, C, ...]"});
  }
  const ir::Value& weight = graph.value(*node.inputs[Weight]);
  const bool are_numbers = weight.type.dtype == ir::DType::Float32 || weight.type.dtype == ir::DType::Int8;
  if (!weight.is_constant() || !are_numbers) {
    return unsupported({.found = "the slopes '" + weight.name + "' are computed by the model", .allowed = "constants"});
  }
  if (weight.type.shape != ir::Shape{input.shape[1]}) {
    return invalid_input({.found = "slopes of shape " + ir::to_string(weight.type.shape),
                          .allowed = "shape " + ir::to_string({input.shape[1]}) + ", one element a channel"});
  }
  return single_result(ir::DType::Float32, input.shape);
}

Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const ir::Shape& shape = inputs[Input].shape();
  const std::int64_t inner = ir::element_count({shape.begin() + 2, shape.end()});
  const auto input = inputs[Input].data();
  const auto slopes = inputs[Weight].data();
  const auto output = outputs[0].mutable_data();
  for (std::size_t i = 0; i < input.size(); ++i) {
    const auto channel = static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % shape[1]);
    output[i] = input[i] < 0.0F ? input[i] * slopes[channel] : input[i];
  }
  return {};
}

DimOrder channels_innermost(DimOrder order) {
  std::erase(order, 1);
  order.push_back(1);
  return order;
}

/// Slopes that are codes of one scale, as TensorFlow Lite has them.
Status lower_codes(LowerContext& context) {
  PUDU_TRY(require_int8_operands(context));
  const ir::Value& value = context.input_value(Input);
  const ir::QuantParams& slopes = *context.input_value(Weight).quant;
  const ir::QuantParams& output = *context.output_value().quant;
  const std::int64_t channels = context.input_value(Weight).type.elements();
  const auto positive = numerics::tflite::float_ratio_scaling(value.quant->scale(), output.scale());
  const auto negative = numerics::tflite::float_product_scaling(value.quant->scale(), slopes.scale(), output.scale());
  const kernels::PreluCodesS8Params params{.outer_count = static_cast<std::int32_t>(value.type.elements() / channels),
                                           .channels = static_cast<std::int32_t>(channels),
                                           .input1_offset = -value.quant->zero_point,
                                           .input2_offset = -slopes.zero_point,
                                           .output_offset = output.zero_point,
                                           .output_multiplier = positive.multiplier,
                                           .output_shift = positive.shift,
                                           .multiplier = negative.multiplier,
                                           .shift = negative.shift};
  const DimOrder order = channels_innermost(context.input_order(Input));
  const program::BufferId input = context.input(Input, order);
  context.emit(
      prelu_codes_s8(), params,
      {{"input", input}, {"slopes", context.input(Weight, contiguous_order(1))}, {"output", context.output(0, order)}});
  return {};
}

Status lower(LowerContext& context) {
  if (context.input_value(Weight).type.dtype == ir::DType::Int8) return lower_codes(context);
  const ir::Value& value = context.input_value(Input);
  PUDU_TRY(require_int8(value));
  PUDU_TRY(require_int8(context.output_value()));
  const ir::QuantParams& output = *context.output_value().quant;
  const double factor = static_cast<double>(value.quant->scale()) / static_cast<double>(output.scale());
  std::vector<std::int32_t> multipliers;
  std::vector<std::int32_t> shifts;
  for (const float slope : context.input_value(Weight).data<float>()) {
    const auto scaling = numerics::quantize_multiplier(factor * std::abs(static_cast<double>(slope)));
    multipliers.push_back(slope < 0.0F ? -scaling.multiplier : scaling.multiplier);
    shifts.push_back(scaling.shift);
  }
  const std::int64_t channels = std::ssize(multipliers);
  const numerics::FixedPointMultiplier positive = numerics::quantize_multiplier(factor);
  const kernels::PreluS8Params params{.outer_count = static_cast<std::int32_t>(value.type.elements() / channels),
                                      .channels = static_cast<std::int32_t>(channels),
                                      .input_offset = -value.quant->zero_point,
                                      .output_offset = output.zero_point,
                                      .output_multiplier = positive.multiplier,
                                      .output_shift = positive.shift};
  const DimOrder order = channels_innermost(context.input_order(Input));
  const program::BufferId input = context.input(Input, order);
  context.emit(prelu_s8(), params,
               {{"input", input},
                {"multipliers", context.constant_of<std::int32_t>("multipliers", multipliers, {channels})},
                {"shifts", context.constant_of<std::int32_t>("shifts", shifts, {channels})},
                {"output", context.output(0, order)}});
  return {};
}

}  // namespace

const OpDefinition& prelu_definition() {
  static const OpDefinition definition{
      .name = "prelu",
      .summary = "x, or x times the slope of its channel where x is negative.",
      .inputs = {{.name = "input", .meaning = "[N, C, ...]"}, {.name = "weight", .meaning = "constant slopes [C]"}},
      .attributes = {},
      .infer = infer,
      .reference = reference,
      .quantization = {.float_inputs = {Weight}},
      .lower = lower,
      .kernels = {&prelu_s8(), &prelu_codes_s8()}};
  return definition;
}

}  // namespace pudu::ops
