// int8 to float32 at a model's boundary. See dequantize.md.
#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(dequantize_s8_f32, DequantizeS8F32)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  return single_result(ir::DType::Float32, input_type(graph, node, 0).shape);
}

/// In a float execution the input never was quantized.
Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  outputs[0] = inputs[0];
  return {};
}

Status lower(LowerContext& context) {
  const ir::Value& value = context.input_value(0);
  PUDU_TRY(require_int8(value));
  const kernels::DequantizeS8F32Params params{.count = static_cast<std::int32_t>(value.type.elements()),
                                              .scale = value.quant->scale(),
                                              .zero_point = value.quant->zero_point};
  // Floats only leave the model, and leave it contiguous; a transpose, if needed, comes before and moves bytes.
  const DimOrder order = contiguous_order(value.type.shape.size());
  const program::BufferId input = context.input(0, order);
  context.emit(dequantize_s8_f32(), params, {{"input", input}, {"output", context.output(0, order)}});
  return {};
}

}  // namespace

const OpDefinition& dequantize_definition() {
  static const OpDefinition definition{.name = "dequantize",
                                       .summary = "int8 to float32.",
                                       .inputs = {{.name = "input", .meaning = "int8, any shape"}},
                                       .attributes = {},
                                       .infer = infer,
                                       .reference = reference,
                                       .quantization = {},
                                       .lower = lower,
                                       .kernels = {&dequantize_s8_f32()}};
  return definition;
}

}  // namespace pudu::ops
