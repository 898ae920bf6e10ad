// Position of the largest element along one dimension. See argmax.md.
#include <algorithm>
#include <string>

#include "kernels/argmax/argmax_s8.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"
#include "ops/quantized.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(argmax_s8, ArgmaxS8)

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(node.attributes.integer("dim"), input.shape.size()));
  ir::Shape shape = input.shape;
  shape.erase(shape.begin() + axis);
  return single_result(ir::DType::Int32, std::move(shape));
}

/// A view of `shape` in `order` as [outer, depth, inner] around dimension `axis`.
kernels::ArgmaxS8Params extents(const ir::Shape& shape, const DimOrder& order, std::int64_t axis) {
  kernels::ArgmaxS8Params params{.outer_count = 1, .depth = 1, .inner_count = 1};
  bool met = false;
  for (const std::int64_t dim : order) {
    const auto size = static_cast<std::int32_t>(shape[static_cast<std::size_t>(dim)]);
    if (dim == axis) {
      params.depth = size;
      met = true;
    } else {
      (met ? params.inner_count : params.outer_count) *= size;
    }
  }
  return params;
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const ir::Shape& shape = inputs[0].shape();
  PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(node.attributes.integer("dim"), shape.size()));
  const kernels::ArgmaxS8Params view = extents(shape, contiguous_order(shape.size()), axis);
  const float* input = inputs[0].data().data();
  float* output = outputs[0].mutable_data().data();
  for (std::int64_t outer = 0; outer < view.outer_count; ++outer) {
    for (std::int64_t inner = 0; inner < view.inner_count; ++inner) {
      const float* first = input + outer * view.depth * view.inner_count + inner;
      std::int64_t best = 0;
      for (std::int64_t i = 1; i < view.depth; ++i) {
        if (first[i * view.inner_count] > first[best * view.inner_count]) best = i;
      }
      *output++ = static_cast<float>(best);
    }
  }
  return {};
}

/// The result lies contiguously: it can be an output of the model only, and those do.
Status lower(LowerContext& context) {
  const ir::Value& value = context.input_value(0);
  PUDU_TRY(require_int8(value));
  const ir::Shape& shape = value.type.shape;
  PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(context.node().attributes.integer("dim"), shape.size()));
  DimOrder order = context.input_order(0);
  DimOrder others = order;
  std::erase(others, axis);
  if (!std::is_sorted(others.begin(), others.end())) order = contiguous_order(shape.size());
  const program::BufferId input = context.input(0, order);
  context.emit(argmax_s8(), extents(shape, order, axis),
               {{"input", input}, {"output", context.output(0, contiguous_order(shape.size() - 1))}});
  return {};
}

}  // namespace

const OpDefinition& argmax_definition() {
  static const OpDefinition definition{
      .name = "argmax",
      .summary = "Position of the largest element along one dimension.",
      .inputs = {{.name = "input", .meaning = "any shape of rank 1 or more"}},
      .attributes = {{"dim", AttributeType::Integer, std::nullopt, "dimension along which elements are compared"}},
      .infer = infer,
      .reference = reference,
      .quantization = {},
      .lower = lower,
      .kernels = {&argmax_s8()}};
  return definition;
}

}  // namespace pudu::ops
