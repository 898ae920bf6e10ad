// Concatenation along one dimension. See concat.md.
#include <algorithm>
#include <string>

#include "kernels/concat/concat_s8.hpp"
#include "kernels/concat_f32/concat_f32.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(concat_s8, ConcatS8)

/// Input `index` agrees with input 0 in everything but the size of `axis`.
Status check_matches_first(const ir::Graph& graph, const ir::Node& node, std::size_t index, std::size_t axis) {
  const ir::TensorType& first = input_type(graph, node, 0);
  const ir::TensorType& other = input_type(graph, node, index);
  if (other.dtype != first.dtype) {
    return unsupported({.found = "input " + std::to_string(index) + " of type " +
                                 std::string(ir::to_string(other.dtype)) + " after one of type " +
                                 std::string(ir::to_string(first.dtype)),
                        .allowed = "inputs of one data type"});
  }
  ir::Shape same_axis = other.shape;
  if (same_axis.size() > axis) same_axis[axis] = first.shape[axis];
  if (same_axis == first.shape) return {};
  return invalid_input({.found = "shapes " + ir::to_string(first.shape) + " and " + ir::to_string(other.shape) +
                                 " along dimension " + std::to_string(axis),
                        .allowed = "shapes that differ in dimension " + std::to_string(axis) + " only"});
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& first = input_type(graph, node, 0);
  PUDU_TRY_ASSIGN(const std::int64_t dim, normalize_axis(node.attributes.integer("dim"), first.shape.size()));
  const auto axis = static_cast<std::size_t>(dim);
  ir::Shape shape = first.shape;
  for (std::size_t i = 1; i < node.inputs.size(); ++i) {
    PUDU_TRY(check_input(graph, node, i));
    PUDU_TRY(check_matches_first(graph, node, i, axis));
    shape[axis] += input_type(graph, node, i).shape[axis];
  }
  return single_result(first.dtype, std::move(shape));
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const ir::Shape& shape = outputs[0].shape();
  PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(node.attributes.integer("dim"), shape.size()));
  const std::int64_t outer = ir::element_count({shape.begin(), shape.begin() + axis});
  float* output = outputs[0].mutable_data().data();
  for (std::int64_t step = 0; step < outer; ++step) {
    for (const Tensor& input : inputs) {
      const std::int64_t piece = input.elements() / outer;
      output = std::copy_n(input.data().data() + step * piece, piece, output);
    }
  }
  return {};
}

/// Elements that would have to be transposed if every input had to lie in `order`.
std::int64_t elements_to_transpose(LowerContext& context, const DimOrder& order) {
  std::int64_t elements = 0;
  for (std::size_t i = 0; i < context.node().inputs.size(); ++i) {
    const ir::Value& value = context.input_value(i);
    if (value.is_constant() || same_in_memory(value.type.shape, context.input_order(i), order)) continue;
    elements += value.type.elements();
  }
  return elements;
}

/// The order of an input in which the fewest elements move; the first of equals. Constants lie in any order.
DimOrder cheapest_order(LowerContext& context) {
  DimOrder best = context.input_order(0);
  std::int64_t fewest = elements_to_transpose(context, best);
  for (std::size_t i = 1; i < context.node().inputs.size() && fewest > 0; ++i) {
    if (context.input_value(i).is_constant()) continue;
    const DimOrder order = context.input_order(i);
    if (const std::int64_t elements = elements_to_transpose(context, order); elements < fewest) {
      best = order;
      fewest = elements;
    }
  }
  return best;
}

/// One call for up to max_inputs inputs from `begin` on.
void emit_part(LowerContext& context, const DimOrder& order, program::BufferId output, kernels::ConcatS8Params params,
               std::size_t begin, std::size_t end) {
  OperandList operands;
  params.input_count = static_cast<std::int32_t>(end - begin);
  for (std::size_t i = begin; i < end; ++i) {
    params.input_bytes[i - begin] =
        static_cast<std::int32_t>(context.input_value(i).type.elements() / params.outer_count);
    operands.emplace_back("inputs." + std::to_string(i - begin), context.input(i, order));
  }
  operands.emplace_back("output", output);
  if (!is_float(context)) return context.emit(concat_s8(), params, std::move(operands));
  kernels::ConcatF32Params float_params{};
  float_params.input_count = params.input_count;
  float_params.outer_count = params.outer_count;
  std::copy(std::begin(params.input_bytes), std::end(params.input_bytes), std::begin(float_params.sizes));
  float_params.output_stride = params.output_stride;
  float_params.output_offset = params.output_offset;
  context.emit(concat_f32(), float_params, std::move(operands));
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const ir::Shape& shape = context.output_value().type.shape;
  PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(context.node().attributes.integer("dim"), shape.size()));
  const DimOrder order = cheapest_order(context);
  const std::size_t count = context.node().inputs.size();
  if (count == 1) {
    context.alias_output(0, 0, order, order);
    return {};
  }
  kernels::ConcatS8Params params{};
  params.outer_count = 1;
  for (const std::int64_t dim : order) {
    if (dim == axis) break;
    params.outer_count *= static_cast<std::int32_t>(shape[static_cast<std::size_t>(dim)]);
  }
  params.output_stride = static_cast<std::int32_t>(context.output_value().type.elements() / params.outer_count);
  const program::BufferId output = context.output(0, order);
  constexpr std::size_t max_inputs = kernels::ConcatS8::max_inputs;
  for (std::size_t begin = 0; begin < count; begin += max_inputs) {
    const std::size_t end = std::min(count, begin + max_inputs);
    emit_part(context, order, output, params, begin, end);
    for (std::size_t i = begin; i < end; ++i) {
      params.output_offset += static_cast<std::int32_t>(context.input_value(i).type.elements() / params.outer_count);
    }
  }
  return {};
}

}  // namespace

const OpDefinition& concat_definition() {
  static const OpDefinition definition{
      .name = "concat",
      .summary = "Concatenation along one dimension.",
      .inputs = {{.name = "inputs",
                  .presence = OperandPresence::Variadic,
                  .meaning = "tensors that differ in that dimension only"}},
      .attributes = {{"dim", AttributeType::Integer, std::int64_t{0}, "dimension along which they are joined"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&concat_s8()},
      .float_kernels = {{&concat_f32()}}};
  return definition;
}

}  // namespace pudu::ops
