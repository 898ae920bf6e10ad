// One of two tensors, element by element. See where.md.
#include <algorithm>
#include <array>
#include <string>

#include "kernels/where/where_s8.hpp"
#include "kernels/where_f32/where_f32.hpp"
#include "ops/broadcast.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"
#include "ops/unary/functions.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(where_s8, WhereS8)

enum Operand : std::size_t { Condition, First, Second };

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  for (const std::size_t index : {Condition, First, Second}) PUDU_TRY(check_input(graph, node, index));
  PUDU_TRY_ASSIGN(const ir::Shape both,
                  broadcast_shapes(input_type(graph, node, First).shape, input_type(graph, node, Second).shape));
  PUDU_TRY_ASSIGN(ir::Shape shape, broadcast_shapes(input_type(graph, node, Condition).shape, both));
  return single_result(ir::DType::Float32, std::move(shape));
}

Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const Tensor scalar({}, std::vector<float>{0.0F});
  const auto expanded = [&](const Tensor& tensor) {
    Tensor result(outputs[0].shape());
    for_each_broadcast(tensor, scalar, result, [](float a, float) { return a; });
    return result;
  };
  const Tensor condition = expanded(inputs[Condition]);
  const Tensor first = expanded(inputs[First]);
  const Tensor second = expanded(inputs[Second]);
  const auto output = outputs[0].mutable_data();
  for (std::size_t i = 0; i < output.size(); ++i) {
    output[i] = condition.data()[i] != 0.0F ? first.data()[i] : second.data()[i];
  }
  return {};
}

/// Codes of `value` as codes of the result.
program::BufferId rescaling_table(LowerContext& context, std::size_t index, std::string_view suffix) {
  const UnaryTable table = make_unary_table(*find_unary_function("identity"), {}, *context.input_value(index).quant,
                                            *context.output_value().quant);
  return context.constant_of<std::int8_t>(suffix, table, {static_cast<std::int64_t>(table.size())});
}

/// Strides of the three operands over the result, outermost dimension first, without dimensions of one element.
struct Loop {
  std::vector<std::int64_t> shape;
  std::array<std::vector<std::int64_t>, 3> strides;
};

Loop loop_of(LowerContext& context, const DimOrder& output_order) {
  const ir::Shape& output = context.output_value().type.shape;
  Loop loop;
  std::array<std::vector<std::int64_t>, 3> strides;
  for (std::size_t i = 0; i < strides.size(); ++i) {
    strides[i] = broadcast_strides(output.size(), context.input_value(i).type.shape,
                                   broadcast_operand_order(context, i, output_order));
  }
  for (const std::int64_t logical_dim : output_order) {
    const auto dim = static_cast<std::size_t>(logical_dim);
    if (output[dim] == 1) continue;
    loop.shape.push_back(output[dim]);
    for (std::size_t i = 0; i < strides.size(); ++i) loop.strides[i].push_back(strides[i][dim]);
  }
  return loop;
}

Status lower(LowerContext& context) {
  PUDU_TRY(is_float(context) ? require_float_operands(context) : require_int8_operands(context));
  const DimOrder order = broadcast_output_order(context);
  const Loop loop = loop_of(context, order);
  if (loop.shape.size() > kernels::max_rank) {
    return unsupported({.found = "broadcasting over " + std::to_string(loop.shape.size()) + " dimensions",
                        .allowed = "at most " + std::to_string(kernels::max_rank) + " of more than one element"});
  }
  kernels::WhereS8Params params{};
  params.rank = static_cast<std::int32_t>(loop.shape.size());
  if (!is_float(context)) params.condition_zero = context.input_value(Condition).quant->zero_point;
  for (std::size_t dim = 0; dim < loop.shape.size(); ++dim) {
    params.output_shape[dim] = static_cast<std::int32_t>(loop.shape[dim]);
    params.condition_strides[dim] = static_cast<std::int32_t>(loop.strides[Condition][dim]);
    params.input1_strides[dim] = static_cast<std::int32_t>(loop.strides[First][dim]);
    params.input2_strides[dim] = static_cast<std::int32_t>(loop.strides[Second][dim]);
  }
  const auto operand = [&](std::size_t index) {
    return context.input(index, broadcast_operand_order(context, index, order));
  };
  if (is_float(context)) {
    kernels::WhereF32Params float_params{};
    float_params.rank = params.rank;
    std::copy(std::begin(params.output_shape), std::end(params.output_shape), std::begin(float_params.output_shape));
    std::copy(std::begin(params.condition_strides), std::end(params.condition_strides),
              std::begin(float_params.condition_strides));
    std::copy(std::begin(params.input1_strides), std::end(params.input1_strides),
              std::begin(float_params.input1_strides));
    std::copy(std::begin(params.input2_strides), std::end(params.input2_strides),
              std::begin(float_params.input2_strides));
    context.emit(where_f32(), float_params,
                 {{"condition", operand(Condition)},
                  {"input1", operand(First)},
                  {"input2", operand(Second)},
                  {"output", context.output(0, order)}});
    return {};
  }
  context.emit(where_s8(), params,
               {{"condition", operand(Condition)},
                {"input1", operand(First)},
                {"table1", rescaling_table(context, First, "table1")},
                {"input2", operand(Second)},
                {"table2", rescaling_table(context, Second, "table2")},
                {"output", context.output(0, order)}});
  return {};
}

}  // namespace

const OpDefinition& where_definition() {
  static const OpDefinition definition{
      .name = "where",
      .summary = "One of two tensors, element by element with broadcasting.",
      .inputs = {{.name = "condition", .meaning = "any tensor; 0 is false, any other number is true"},
                 {.name = "input1", .meaning = "taken where the condition is true"},
                 {.name = "input2", .meaning = "taken where it is false"}},
      .attributes = {},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {&where_s8()},
      .float_kernels = {{&where_f32()}}};
  return definition;
}

}  // namespace pudu::ops
