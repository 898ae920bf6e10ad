// int8 to float32 at a model's boundary. See dequantize.md.
#include <algorithm>

#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "kernels/dequantize_s16/dequantize_s16_f32.hpp"
#include "ops/checks.hpp"
#include "ops/int16_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(dequantize_s8_f32, DequantizeS8F32)
PUDU_KERNEL_BINDING(dequantize_s16_f32, DequantizeS16F32)

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
  const bool is_wide = value.type.dtype == ir::DType::Int16;
  PUDU_TRY(is_wide ? require_int16(value) : require_int8(value));
  const kernels::DequantizeS8F32Params params{.count = static_cast<std::int32_t>(value.type.elements()),
                                              .scale = value.quant->scale(),
                                              .zero_point = value.quant->zero_point};
  // Floats leave the model contiguous: a transpose, if needed, comes before and moves bytes. Those of an island stay as
  // their codes lie, which is what most kernels want.
  const auto& outputs = context.graph().outputs;
  const bool leaves = std::find(outputs.begin(), outputs.end(), context.node().outputs.front()) != outputs.end();
  const DimOrder order = leaves ? contiguous_order(value.type.shape.size()) : context.input_order(0);
  const program::BufferId input = context.input(0, order);
  const OperandList operands = {{"input", input}, {"output", context.output(0, order)}};
  if (is_wide) {
    context.emit(dequantize_s16_f32(), kernels::DequantizeS16F32Params{params.count, params.scale, params.zero_point},
                 operands);
  } else {
    context.emit(dequantize_s8_f32(), params, operands);
  }
  return {};
}

}  // namespace

const OpDefinition& dequantize_definition() {
  static const OpDefinition definition{.name = "dequantize",
                                       .summary = "int8 or int16 to float32.",
                                       .inputs = {{.name = "input", .meaning = "int8 or int16, any shape"}},
                                       .attributes = {},
                                       .infer = infer,
                                       .reference = reference,
                                       .quantization = {},
                                       .lower = lower,
                                       .kernels = {&dequantize_s8_f32()},
                                       .int16_kernels = {{&dequantize_s16_f32()}}};
  return definition;
}

}  // namespace pudu::ops
