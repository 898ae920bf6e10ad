#include "ops/float_node.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "kernels/avg_pool2d_f32/avg_pool2d_f32.hpp"
#include "kernels/binary_f32/binary_f32.hpp"
#include "kernels/concat_f32/concat_f32.hpp"
#include "kernels/conv2d_f32/conv2d_f32.hpp"
#include "kernels/index_select_f32/index_select_f32.hpp"
#include "kernels/matmul_f32/matmul_f32.hpp"
#include "kernels/max_pool2d_f32/max_pool2d_f32.hpp"
#include "kernels/normalize_f32/normalize_f32.hpp"
#include "kernels/pad_f32/pad_f32.hpp"
#include "kernels/recurrent_f32/recurrent_f32.hpp"
#include "kernels/softmax_f32/softmax_f32.hpp"
#include "kernels/strided_slice_f32/strided_slice_f32.hpp"
#include "kernels/sum_f32/sum_f32.hpp"
#include "kernels/transpose_conv2d_f32/transpose_conv2d_f32.hpp"
#include "kernels/unary_f32/unary_f32.hpp"
#include "kernels/where_f32/where_f32.hpp"

namespace pudu::ops {

PUDU_KERNEL_BINDING(avg_pool2d_f32, AvgPool2dF32)
PUDU_KERNEL_BINDING(binary_f32, BinaryF32)
PUDU_KERNEL_BINDING(concat_f32, ConcatF32)
PUDU_KERNEL_BINDING(conv2d_f32, Conv2dF32)
PUDU_KERNEL_BINDING(index_select_f32, IndexSelectF32)
PUDU_KERNEL_BINDING(matmul_f32, MatmulF32)
PUDU_KERNEL_BINDING(max_pool2d_f32, MaxPool2dF32)
PUDU_KERNEL_BINDING(normalize_f32, NormalizeF32)
PUDU_KERNEL_BINDING(pad_f32, PadF32)
PUDU_KERNEL_BINDING(recurrent_f32, RecurrentF32)
PUDU_KERNEL_BINDING(softmax_f32, SoftmaxF32)
PUDU_KERNEL_BINDING(strided_slice_f32, StridedSliceF32)
PUDU_KERNEL_BINDING(sum_f32, SumF32)
PUDU_KERNEL_BINDING(transpose_conv2d_f32, TransposeConv2dF32)
PUDU_KERNEL_BINDING(unary_f32, UnaryF32)
PUDU_KERNEL_BINDING(where_f32, WhereF32)

bool is_float(const LowerContext& context) {
  return context.output_value().type.dtype == ir::DType::Float32;
}

Status require_float_operands(const LowerContext& context, std::size_t first) {
  const auto require = [](const ir::Value& value) -> Status {
    if (value.type.dtype == ir::DType::Float32) return {};
    return internal_error({.where = value.name,
                           .found = "a value of type " + std::string(ir::to_string(value.type.dtype)),
                           .allowed = "float32 inside of a float island"});
  };
  for (std::size_t i = first; i < context.node().inputs.size(); ++i) {
    if (has_input(context.node(), i)) PUDU_TRY(require(context.input_value(i)));
  }
  for (std::size_t i = 0; i < context.node().outputs.size(); ++i) PUDU_TRY(require(context.output_value(i)));
  return {};
}

float finite(double number) {
  constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
  return static_cast<float>(std::clamp(number, -largest, largest));
}

FloatBounds float_bounds(const ir::Node& node) {
  return {finite(node.attributes.real("activation_min")), finite(node.attributes.real("activation_max"))};
}

FloatBounds whole_range() {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return {finite(-infinity), finite(infinity)};
}

Status lower_float_softmax(LowerContext& context, std::int32_t logarithm) {
  PUDU_TRY(require_float_operands(context));
  const ir::Shape& shape = context.input_value(0).type.shape;
  PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(context.node().attributes.integer("dim"), shape.size()));
  const DimOrder order = context.input_order(0);
  kernels::SoftmaxF32Params params{.outer_count = 1, .depth = 1, .inner_count = 1, .logarithm = logarithm};
  std::int32_t* extent = &params.outer_count;
  for (const std::int64_t dim : order) {
    const auto size = static_cast<std::int32_t>(shape[static_cast<std::size_t>(dim)]);
    if (dim == axis) {
      params.depth = size;
      extent = &params.inner_count;
    } else {
      *extent *= size;
    }
  }
  const program::BufferId input = context.input(0, order);
  context.emit(softmax_f32(), params, {{"input", input}, {"output", context.output(0, order)}});
  return {};
}

program::BufferId float_operand_or(LowerContext& context, std::size_t index, std::int64_t count, float element,
                                   std::string_view suffix) {
  if (has_input(context.node(), index)) {
    return context.input(index, contiguous_order(context.input_value(index).type.shape.size()));
  }
  const std::vector<float> elements(static_cast<std::size_t>(count), element);
  return context.constant_of<float>(suffix, elements, {count});
}

}  // namespace pudu::ops
