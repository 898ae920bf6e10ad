// Broadcasting of two operands, shared by add and mul: shapes and types, float loops, and the strides their kernels
// take.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "kernels/kernel.hpp"
#include "ops/float_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/tensor.hpp"

namespace pudu::ops {

/// infer of an operator whose operands 0 and 1 are broadcast against each other.
Result<std::vector<ir::TensorType>> infer_broadcast(const ir::Graph& graph, const ir::Node& node);

/// Rank and strides of a loop over two operands, outermost dimension first; a stride is 0 where an operand is repeated.
/// Dimensions of one element are left out and neighbours that can be walked as one are merged.
struct BroadcastLoop {
  std::vector<std::int64_t> shape, strides1, strides2;
};
BroadcastLoop broadcast_loop(const ir::Shape& output, const DimOrder& output_order, const ir::Shape& shape1,
                             const DimOrder& order1, const ir::Shape& shape2, const DimOrder& order2);

/// result[i] = function(a[i], b[i]), broadcast to the result's shape.
template <class Function>
void for_each_broadcast(const Tensor& a, const Tensor& b, Tensor& result, Function function) {
  const auto contiguous = [](const Tensor& tensor) { return contiguous_order(tensor.rank()); };
  const BroadcastLoop loop =
      broadcast_loop(result.shape(), contiguous(result), a.shape(), contiguous(a), b.shape(), contiguous(b));
  const std::size_t rank = loop.shape.size();
  std::vector<std::int64_t> index(rank, 0);
  std::int64_t position1 = 0;
  std::int64_t position2 = 0;
  for (float& element : result.mutable_data()) {
    element = function(a.data()[static_cast<std::size_t>(position1)], b.data()[static_cast<std::size_t>(position2)]);
    for (std::size_t dim = rank; dim-- > 0;) {
      position1 += loop.strides1[dim];
      position2 += loop.strides2[dim];
      if (++index[dim] < loop.shape[dim]) break;
      position1 -= loop.strides1[dim] * loop.shape[dim];
      position2 -= loop.strides2[dim] * loop.shape[dim];
      index[dim] = 0;
    }
  }
}

/// Strides by output dimension of an operand that lies in `order`: elements from one index to the next, 0 where it is
/// repeated.
std::vector<std::int64_t> broadcast_strides(std::size_t output_rank, const ir::Shape& shape, const DimOrder& order);
/// The result lies as the operand of most elements does, channels last where there is a choice.
DimOrder broadcast_output_order(LowerContext& context);
/// Operands are read where they lie; a constant is stored as the result lies.
DimOrder broadcast_operand_order(LowerContext& context, std::size_t index, const DimOrder& output_order);

/// Buffers and loop of a lowered operator. Operands are read where they lie (any order is only a matter of strides), so
/// none is ever transposed; the result lies as the larger operand does, channels last where there is a choice.
struct LoweredBroadcast {
  BroadcastLoop loop;
  program::BufferId input1, input2;
  DimOrder output_order;
};
/// Unsupported when the loop has more dimensions than kernels::max_rank.
Result<LoweredBroadcast> lower_broadcast(LowerContext& context);

/// Emits a call on both inputs.
template <class Params>
void emit_broadcast(LowerContext& context, const KernelBinding& kernel, const Params& params,
                    const LoweredBroadcast& broadcast) {
  context.emit(kernel, params,
               {{"input1", broadcast.input1},
                {"input2", broadcast.input2},
                {"output", context.output(0, broadcast.output_order)}});
}

/// Lowers the node of a float island to binary_f32: one of the functions of BinaryF32, then the bounds.
Status lower_float_binary(LowerContext& context, std::int32_t function, double alpha, FloatBounds bounds);

/// Writes the loop into the fields that the kernels of both operators have.
template <class Params>
void set_loop(const BroadcastLoop& loop, Params& params) {
  params.rank = static_cast<std::int32_t>(loop.shape.size());
  for (std::size_t i = 0; i < loop.shape.size(); ++i) {
    params.output_shape[i] = static_cast<std::int32_t>(loop.shape[i]);
    params.input1_strides[i] = static_cast<std::int32_t>(loop.strides1[i]);
    params.input2_strides[i] = static_cast<std::int32_t>(loop.strides2[i]);
  }
}

}  // namespace pudu::ops
