// Codes to another width or scale. See requantize.md.
#include <string>

#include "kernels/requantize_s16_s16/requantize_s16_s16.hpp"
#include "kernels/requantize_s16_s8/requantize_s16_s8.hpp"
#include "kernels/requantize_s8_s16/requantize_s8_s16.hpp"
#include "numerics/quantize_multiplier.hpp"
#include "numerics/tflite.hpp"
#include "ops/checks.hpp"
#include "ops/int16_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(requantize_s8_s16, RequantizeS8S16)
PUDU_KERNEL_BINDING(requantize_s16_s8, RequantizeS16S8)
PUDU_KERNEL_BINDING(requantize_s16_s16, RequantizeS16S16)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const std::string& dtype = node.attributes.text("dtype");
  if (dtype != "i8" && dtype != "i16") {
    return unsupported({.found = "dtype '" + dtype + "'", .allowed = "i8 or i16"});
  }
  return single_result(ir::DType::Float32, input_type(graph, node, 0).shape);
}

/// In a float execution codes have no width.
Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  outputs[0] = inputs[0];
  return {};
}

Result<numerics::FixedPointMultiplier> scaling_of(const LowerContext& context, std::int32_t largest_shift) {
  const float from = context.input_value(0).quant->scale();
  const float to = context.output_value().quant->scale();
  const numerics::FixedPointMultiplier scaling =
      context.graph().arithmetic == ir::Arithmetic::TfLite
          ? numerics::tflite::ratio_scaling(from, to)
          : numerics::quantize_multiplier(static_cast<double>(from) / static_cast<double>(to));
  if (scaling.shift <= largest_shift) return scaling;
  return unsupported({.found = "scales of " + std::to_string(from) + " and " + std::to_string(to),
                      .allowed = "the first is less than 2^" + std::to_string(largest_shift) + " times the second"});
}

template <class Kernel>
Status lower_to(LowerContext& context, const KernelBinding& kernel, typename Kernel::Params params) {
  PUDU_TRY_ASSIGN(const numerics::FixedPointMultiplier scaling, scaling_of(context, Kernel::largest_shift));
  params.count = static_cast<std::int32_t>(context.input_value(0).type.elements());
  params.multiplier = scaling.multiplier;
  params.shift = scaling.shift;
  const DimOrder order = context.input_order(0);  // element by element in any order
  const program::BufferId input = context.input(0, order);
  context.emit(kernel, params, {{"input", input}, {"output", context.output(0, order)}});
  return {};
}

Status lower(LowerContext& context) {
  const ir::Value& input = context.input_value(0);
  const ir::Value& output = context.output_value();
  if (input.type.dtype == ir::DType::Int8 && is_int16(context)) {
    PUDU_TRY(require_int8(input));
    PUDU_TRY(require_int16(output));
    return lower_to<kernels::RequantizeS8S16>(context, requantize_s8_s16(), {.input_offset = -input.quant->zero_point});
  }
  PUDU_TRY(require_int16(input));
  if (!is_int16(context)) {
    PUDU_TRY(require_int8(output));
    return lower_to<kernels::RequantizeS16S8>(context, requantize_s16_s8(),
                                              {.output_offset = output.quant->zero_point});
  }
  PUDU_TRY(require_int16(output));
  return lower_to<kernels::RequantizeS16S16>(context, requantize_s16_s16(), {});
}

}  // namespace

const OpDefinition& requantize_definition() {
  static const OpDefinition definition{
      .name = "requantize",
      .summary = "Codes to another width or scale: int8 to int16, int16 to int8 or int16.",
      .inputs = {{.name = "input", .meaning = "int8 or int16, any shape"}},
      .attributes = {{"dtype", AttributeType::Text, std::string("i8"), "type of the result's codes: i8 or i16"}},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {&requantize_s8_s16(), &requantize_s16_s8(), &requantize_s16_s16()},
      .int16_kernels = {{&requantize_s8_s16(), &requantize_s16_s16()}}};
  return definition;
}

}  // namespace pudu::ops
