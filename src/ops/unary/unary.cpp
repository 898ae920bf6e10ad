// Any function of one number, as a table of 256 entries on the device. See unary.md.
#include <algorithm>
#include <string>

#include "kernels/lut/lut_s8.hpp"
#include "kernels/lut_s16/lut_s16.hpp"
#include "kernels/unary_f32/unary_f32.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/int16_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"
#include "ops/unary/functions.hpp"
#include "ops/unary/tflite_tables.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(lut_s8, LutS8)
PUDU_KERNEL_BINDING(lut_s16, LutS16)

const UnaryFunction& function_of(const ir::Node& node) {
  return *find_unary_function(node.attributes.text("function"));
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const UnaryFunction* function = find_unary_function(node.attributes.text("function"));
  if (function == nullptr) {
    return unsupported(
        {.found = "function '" + node.attributes.text("function") + "'", .allowed = unary_function_names()});
  }
  const std::size_t count = node.attributes.reals("params").size();
  if (count != function->parameters.size()) {
    std::string names;
    for (const std::string_view name : function->parameters) {
      names += (names.empty() ? ": " : ", ") + std::string(name);
    }
    return invalid_input(
        {.found = "function " + std::string(function->name) + " with " + std::to_string(count) + " parameters",
         .allowed = std::to_string(function->parameters.size()) + " parameters" + names});
  }
  return single_result(ir::DType::Float32, input_type(graph, node, 0).shape);
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const UnaryFunction& function = function_of(node);
  const std::vector<double>& parameters = node.attributes.reals("params");
  const auto source = inputs[0].data();
  std::transform(source.begin(), source.end(), outputs[0].mutable_data().begin(),
                 [&](float x) { return static_cast<float>(function.evaluate(static_cast<double>(x), parameters)); });
  return {};
}

/// Does the table map every code to itself?
bool changes_nothing(const UnaryTable& table) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i] != static_cast<std::int32_t>(i) - 128) return false;
  }
  return true;
}

Result<UnaryTable> table_of(const LowerContext& context) {
  const UnaryFunction& function = function_of(context.node());
  const std::vector<double>& parameters = context.node().attributes.reals("params");
  const ir::QuantParams& input = *context.input_value(0).quant;
  const ir::QuantParams& output = *context.output_value().quant;
  if (context.graph().arithmetic == ir::Arithmetic::TfLite) {
    return make_tflite_unary_table(function, parameters, input, output);
  }
  return make_unary_table(function, parameters, input, output);
}

Status lower_float(LowerContext& context) {
  PUDU_TRY(require_float_operands(context));
  const UnaryFunction& function = function_of(context.node());
  const std::optional<std::int32_t> number = float_function(function.name);
  if (!number) {
    return unsupported({.found = "function '" + std::string(function.name) + "' in float32",
                        .allowed = "functions that the kernel unary_f32 has"});
  }
  kernels::UnaryF32Params params{};
  params.count = static_cast<std::int32_t>(context.input_value(0).type.elements());
  params.function = *number;
  const std::vector<double>& constants = context.node().attributes.reals("params");
  const auto constant = [&](std::size_t i) { return i < constants.size() ? finite(constants[i]) : 0.0F; };
  params.first = constant(0);
  params.second = constant(1);
  params.third = constant(2);
  const DimOrder order = context.input_order(0);
  const program::BufferId input = context.input(0, order);
  context.emit(unary_f32(), params, {{"input", input}, {"output", context.output(0, order)}});
  return {};
}

Status lower_int16(LowerContext& context) {
  PUDU_TRY(require_int16_operands(context));
  const ir::Value& input = context.input_value(0);
  const ir::QuantParams& output = *context.output_value().quant;
  const UnaryFunction& function = function_of(context.node());
  if (context.graph().arithmetic == ir::Arithmetic::TfLite) {
    return unsupported(
        {.found = "function '" + std::string(function.name) + "' of 16-bit values in TensorFlow Lite's " + "arithmetic",
         .allowed = "functions of int8 values"});
  }
  const DimOrder order = context.input_order(0);
  if (function.name == "identity" && input.quant->scale() == output.scale()) {
    context.alias_output(0, 0, order, order);
    return {};
  }
  const std::vector<std::int16_t> table =
      make_wide_unary_table(function, context.node().attributes.reals("params"), *input.quant, output);
  const kernels::LutS16Params params{static_cast<std::int32_t>(input.type.elements())};
  const program::BufferId input_buffer = context.input(0, order);
  const program::BufferId table_buffer =
      context.constant_of<std::int16_t>("table", table, {static_cast<std::int64_t>(table.size())});
  context.emit(lut_s16(), params,
               {{"input", input_buffer}, {"table", table_buffer}, {"output", context.output(0, order)}});
  return {};
}

Status lower(LowerContext& context) {
  if (is_float(context)) return lower_float(context);
  if (is_int16(context)) return lower_int16(context);
  PUDU_TRY(require_int8_operands(context));
  const ir::Value& input = context.input_value(0);
  PUDU_TRY_ASSIGN(const UnaryTable table, table_of(context));
  const DimOrder order = context.input_order(0);
  if (changes_nothing(table)) {
    context.alias_output(0, 0, order, order);
    return {};
  }
  kernels::LutS8Params params{};
  params.count = static_cast<std::int32_t>(input.type.elements());
  const program::BufferId input_buffer = context.input(0, order);
  const program::BufferId table_buffer =
      context.constant_of<std::int8_t>("table", table, {static_cast<std::int64_t>(table.size())});
  context.emit(lut_s8(), params,
               {{"input", input_buffer}, {"table", table_buffer}, {"output", context.output(0, order)}});
  return {};
}

const std::string& function_meaning() {
  static const std::string meaning = "one of " + unary_function_names();
  return meaning;
}

}  // namespace

const OpDefinition& unary_definition() {
  static const OpDefinition definition = {
      .name = "unary",
      .summary = "A function of one number, element by element: activations, scalar arithmetic, rescaling.",
      .inputs = {{"input", OperandPresence::Required, "any tensor"}},
      .attributes = {{"function", AttributeType::Text, std::nullopt, function_meaning()},
                     {"params", AttributeType::Reals, std::vector<double>(), "the function's parameters, in order"}},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {&lut_s8()},
      .float_kernels = {{&unary_f32()}},
      .int16_kernels = {{&lut_s16()}},
      .macs = nullptr,
  };
  return definition;
}

}  // namespace pudu::ops
