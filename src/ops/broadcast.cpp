// Strides of broadcast operands, in memory orders that may differ.
#include "ops/broadcast.hpp"

#include <string>

#include "kernels/binary_f32/binary_f32.hpp"
#include "ops/checks.hpp"
#include "ops/int16_node.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

/// Order of a result of `rank` dimensions that lies as the operand does; dimensions it lacks are outermost.
DimOrder extended_order(const DimOrder& order, std::size_t rank) {
  const std::size_t missing = rank - order.size();
  DimOrder result = contiguous_order(missing);
  for (const std::int64_t dim : order) result.push_back(dim + static_cast<std::int64_t>(missing));
  return result;
}

/// The inverse: order of an operand of `rank` dimensions that lies as a result of this order does.
DimOrder restricted_order(const DimOrder& output_order, std::size_t rank) {
  const auto missing = static_cast<std::int64_t>(output_order.size() - rank);
  DimOrder result;
  for (const std::int64_t dim : output_order) {
    if (dim >= missing) result.push_back(dim - missing);
  }
  return result;
}

}  // namespace

std::vector<std::int64_t> broadcast_strides(std::size_t output_rank, const ir::Shape& shape, const DimOrder& order) {
  std::vector<std::int64_t> own = memory_strides(shape, order);
  for (std::size_t dim = 0; dim < shape.size(); ++dim) {
    if (shape[dim] == 1) own[dim] = 0;
  }
  own.insert(own.begin(), output_rank - shape.size(), 0);
  return own;
}

DimOrder broadcast_output_order(LowerContext& context) {
  const ir::Shape& output = context.output_value().type.shape;
  DimOrder best = contiguous_order(output.size());
  std::int64_t best_elements = 0;
  for (std::size_t i = 0; i < context.node().inputs.size(); ++i) {
    const ir::Value& value = context.input_value(i);
    if (value.is_constant()) continue;
    const DimOrder order = extended_order(context.input_order(i), output.size());
    const std::int64_t elements = value.type.elements();
    const bool is_contiguous = same_in_memory(output, order, contiguous_order(output.size()));
    if (elements > best_elements || (elements == best_elements && !is_contiguous)) {
      best = order;
      best_elements = elements;
    }
  }
  return best;
}

DimOrder broadcast_operand_order(LowerContext& context, std::size_t index, const DimOrder& output_order) {
  const ir::Value& value = context.input_value(index);
  return value.is_constant() ? restricted_order(output_order, value.type.shape.size()) : context.input_order(index);
}

Result<std::vector<ir::TensorType>> infer_broadcast(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  PUDU_TRY(check_input(graph, node, 1));
  PUDU_TRY(check_activation(node));
  PUDU_TRY_ASSIGN(ir::Shape shape,
                  broadcast_shapes(input_type(graph, node, 0).shape, input_type(graph, node, 1).shape));
  return single_result(ir::DType::Float32, std::move(shape));
}

BroadcastLoop broadcast_loop(const ir::Shape& output, const DimOrder& output_order, const ir::Shape& shape1,
                             const DimOrder& order1, const ir::Shape& shape2, const DimOrder& order2) {
  const std::vector<std::int64_t> strides1 = broadcast_strides(output.size(), shape1, order1);
  const std::vector<std::int64_t> strides2 = broadcast_strides(output.size(), shape2, order2);
  BroadcastLoop loop;
  for (const std::int64_t dim : output_order) {
    const auto index = static_cast<std::size_t>(dim);
    const std::int64_t size = output[index];
    if (size == 1) continue;
    const bool merges = !loop.shape.empty() && loop.strides1.back() == strides1[index] * size &&
                        loop.strides2.back() == strides2[index] * size;
    if (merges) {
      loop.shape.back() *= size;
      loop.strides1.back() = strides1[index];
      loop.strides2.back() = strides2[index];
    } else {
      loop.shape.push_back(size);
      loop.strides1.push_back(strides1[index]);
      loop.strides2.push_back(strides2[index]);
    }
  }
  return loop;
}

Result<LoweredBroadcast> lower_broadcast(LowerContext& context) {
  if (is_float(context)) {
    PUDU_TRY(require_float_operands(context));
  } else {
    PUDU_TRY(is_int16(context) ? require_int16_operands(context) : require_int8_operands(context));
  }
  const ir::Shape& shape1 = context.input_value(0).type.shape;
  const ir::Shape& shape2 = context.input_value(1).type.shape;
  LoweredBroadcast result{};
  result.output_order = broadcast_output_order(context);
  const DimOrder order1 = broadcast_operand_order(context, 0, result.output_order);
  const DimOrder order2 = broadcast_operand_order(context, 1, result.output_order);
  result.loop = broadcast_loop(context.output_value().type.shape, result.output_order, shape1, order1, shape2, order2);
  if (result.loop.shape.size() > static_cast<std::size_t>(kernels::max_rank)) {
    return unsupported({.found = "a broadcast of shapes " + ir::to_string(shape1) + " and " + ir::to_string(shape2) +
                                 " over " + std::to_string(result.loop.shape.size()) + " separate dimensions",
                        .allowed = "at most " + std::to_string(kernels::max_rank)});
  }
  result.input1 = context.input(0, order1);
  result.input2 = context.input(1, order2);
  return result;
}

Status lower_float_binary(LowerContext& context, std::int32_t function, double alpha, FloatBounds bounds) {
  PUDU_TRY_ASSIGN(const LoweredBroadcast broadcast, lower_broadcast(context));
  kernels::BinaryF32Params params{};
  params.function = function;
  set_loop(broadcast.loop, params);
  params.alpha = finite(alpha);
  params.minimum = bounds.minimum;
  params.maximum = bounds.maximum;
  emit_broadcast(context, binary_f32(), params, broadcast);
  return {};
}

}  // namespace pudu::ops
