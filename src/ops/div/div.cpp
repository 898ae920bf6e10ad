// Quotient of two tensors. See div.md.
#include <cmath>
#include <string>

#include "kernels/binary_f32/binary_f32.hpp"
#include "kernels/div/div_s8.hpp"
#include "ops/broadcast.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(div_s8, DivS8)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  PUDU_TRY(check_input(graph, node, 1));
  const ir::Shape& a = input_type(graph, node, 0).shape;
  const ir::Shape& b = input_type(graph, node, 1).shape;
  if (a != b) {
    return invalid_input(
        {.found = "shapes " + ir::to_string(a) + " and " + ir::to_string(b), .allowed = "equal shapes"});
  }
  return single_result(ir::DType::Float32, a);
}

/// Calibration cannot go on with an infinite number: a quotient of zero is none.
Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const auto a = inputs[0].data();
  const auto b = inputs[1].data();
  const auto output = outputs[0].mutable_data();
  for (std::size_t i = 0; i < output.size(); ++i) {
    output[i] = a[i] / b[i];
    if (std::isfinite(output[i])) continue;
    return invalid_input({.where = node.name,
                          .found = "a quotient by 0 on the data",
                          .allowed = "divisors other than 0",
                          .hint = "add a small number to the divisor"});
  }
  return {};
}

Status lower(LowerContext& context) {
  if (is_float(context)) return lower_float_binary(context, kernels::BinaryF32::divide, 1.0, whole_range());
  PUDU_TRY(require_int8_operands(context));
  const ir::QuantParams& a = *context.input_value(0).quant;
  const ir::QuantParams& b = *context.input_value(1).quant;
  const ir::QuantParams& output = *context.output_value().quant;
  kernels::DivS8Params params{};
  params.count = static_cast<std::int32_t>(context.output_value().type.elements());
  params.input1_offset = -a.zero_point;
  params.input2_offset = -b.zero_point;
  params.output_offset = output.zero_point;
  params.scale = static_cast<float>(static_cast<double>(a.scale()) /
                                    (static_cast<double>(b.scale()) * static_cast<double>(output.scale())));
  params.activation_min = -128;
  params.activation_max = 127;
  const DimOrder order = context.input_value(0).is_constant() ? context.input_order(1) : context.input_order(0);
  const program::BufferId input1 = context.input(0, order);
  const program::BufferId input2 = context.input(1, order);
  context.emit(div_s8(), params, {{"input1", input1}, {"input2", input2}, {"output", context.output(0, order)}});
  return {};
}

}  // namespace

const OpDefinition& div_definition() {
  static const OpDefinition definition{
      .name = "div",
      .summary = "a / b, element by element.",
      .inputs = {{.name = "a", .meaning = "any tensor"}, {.name = "b", .meaning = "of the same shape; never 0"}},
      .attributes = {},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {&div_s8()},
      .float_kernels = {{&binary_f32()}}};
  return definition;
}

}  // namespace pudu::ops
