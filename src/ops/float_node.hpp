// Operators inside of a float island: a node whose result stays float32 between a dequantize and a quantize node. The
// same `lower` serves both; what it may call then are the kernels of OpDefinition::float_kernels.
#pragma once

#include <vector>

#include "ops/kernel_binding.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {

/// Is the node to be lowered part of an island?
bool is_float(const LowerContext& context);

/// Internal error unless operand `first` and those behind it, as far as there are any, are float32, as are the results.
Status require_float_operands(const LowerContext& context, std::size_t first = 0);

/// The node's activation bounds as float kernels take them: finite.
struct FloatBounds {
  float minimum;
  float maximum;
};
FloatBounds float_bounds(const ir::Node& node);
/// No bounds.
FloatBounds whole_range();
/// The finite number nearest to it.
float finite(double number);

/// The optional operand `index`, contiguous, or a constant of `count` elements.
program::BufferId float_operand_or(LowerContext& context, std::size_t index, std::int64_t count, float element,
                                   std::string_view suffix);

/// Lowers softmax, or its logarithm, along the node's `dim`, wherever that lies in memory.
Status lower_float_softmax(LowerContext& context, std::int32_t logarithm);

const KernelBinding& avg_pool2d_f32();
const KernelBinding& binary_f32();
const KernelBinding& concat_f32();
const KernelBinding& conv2d_f32();
const KernelBinding& index_select_f32();
const KernelBinding& matmul_f32();
const KernelBinding& max_pool2d_f32();
const KernelBinding& normalize_f32();
const KernelBinding& pad_f32();
const KernelBinding& recurrent_f32();
const KernelBinding& softmax_f32();
const KernelBinding& strided_slice_f32();
const KernelBinding& sum_f32();
const KernelBinding& transpose_conv2d_f32();
const KernelBinding& unary_f32();
const KernelBinding& where_f32();

}  // namespace pudu::ops
