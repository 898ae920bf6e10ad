// float32 to int8 at a model's boundary. See quantize.md.
#include <string>

#include "kernels/quantize/quantize_f32_s8.hpp"
#include "kernels/quantize_s16/quantize_f32_s16.hpp"
#include "kernels/quantize_ties_away/quantize_ties_away_f32_s8.hpp"
#include "ops/checks.hpp"
#include "ops/int16_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(quantize_f32_s8, QuantizeF32S8)
PUDU_KERNEL_BINDING(quantize_f32_s16, QuantizeF32S16)
PUDU_KERNEL_BINDING(quantize_ties_away_f32_s8, QuantizeTiesAwayF32S8)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  if (input.dtype != ir::DType::Float32) {
    return invalid_input(
        {.found = "an input of type " + std::string(ir::to_string(input.dtype)), .allowed = "an input of type f32"});
  }
  return single_result(ir::DType::Int8, input.shape);
}

/// In a float execution quantization has no effect; what it costs is measured on the quantized graph.
Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  outputs[0] = inputs[0];
  return {};
}

template <class Params>
Status lower_to(LowerContext& context, const KernelBinding& kernel) {
  const ir::Value& result = context.output_value();
  PUDU_TRY(is_int16(context) ? require_int16(result) : require_int8(result));
  const Params params{.count = static_cast<std::int32_t>(result.type.elements()),
                      .scale = result.quant->scale(),
                      .zero_point = result.quant->zero_point,
                      .quant_min = result.quant->quant_min,
                      .quant_max = result.quant->quant_max};
  // Element by element in any order: a transpose, if one follows, then moves bytes and not floats.
  const DimOrder order = context.input_order(0);
  const program::BufferId input = context.input(0, order);
  context.emit(kernel, params, {{"input", input}, {"output", context.output(0, order)}});
  return {};
}

Status lower(LowerContext& context) {
  if (is_int16(context)) {
    if (context.graph().arithmetic != ir::Arithmetic::TfLite) {
      return lower_to<kernels::QuantizeF32S16Params>(context, quantize_f32_s16());
    }
    return unsupported({.found = "float32 to int16 in TensorFlow Lite's arithmetic", .allowed = "float32 to int8"});
  }
  if (context.graph().arithmetic == ir::Arithmetic::TfLite) {
    return lower_to<kernels::QuantizeTiesAwayF32S8Params>(context, quantize_ties_away_f32_s8());
  }
  return lower_to<kernels::QuantizeF32S8Params>(context, quantize_f32_s8());
}

}  // namespace

const OpDefinition& quantize_definition() {
  static const OpDefinition definition{.name = "quantize",
                                       .summary = "float32 to int8 or int16.",
                                       .inputs = {{.name = "input", .meaning = "float32, any shape"}},
                                       .attributes = {},
                                       .infer = infer,
                                       .reference = reference,
                                       .quantization = {},
                                       .lower = lower,
                                       .kernels = {&quantize_f32_s8(), &quantize_ties_away_f32_s8()},
                                       .int16_kernels = {{&quantize_f32_s16()}}};
  return definition;
}

}  // namespace pudu::ops
