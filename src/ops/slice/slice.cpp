// Every step-th element of a range of one dimension: slice, select, narrow, chunk, split. See slice.md.
#include <algorithm>
#include <string>

#include "kernels/strided_slice/strided_slice_s8.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/int16_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(strided_slice_s8, StridedSliceS8)

/// The attributes, with the dimension counted from the front.
struct SliceRange {
  std::size_t axis;
  std::int64_t start;
  std::int64_t end;
  std::int64_t step;

  std::int64_t count() const { return (end - start - 1) / step + 1; }
};

Result<SliceRange> slice_range(const ir::Node& node, const ir::Shape& shape) {
  PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(node.attributes.integer("dim"), shape.size()));
  const SliceRange range{.axis = static_cast<std::size_t>(axis),
                         .start = node.attributes.integer("start"),
                         .end = node.attributes.integer("end"),
                         .step = node.attributes.integer("step")};
  const std::int64_t size = shape[range.axis];
  if (range.start < 0 || range.end > size || range.start > range.end || range.step < 1) {
    return invalid_input({.found = "elements " + std::to_string(range.start) + " to " + std::to_string(range.end) +
                                   " in steps of " + std::to_string(range.step) + " of dimension " +
                                   std::to_string(axis) + " of shape " + ir::to_string(shape),
                          .allowed = "0 <= start <= end <= " + std::to_string(size) + " and step >= 1"});
  }
  if (range.start == range.end) {
    return unsupported(
        {.found = "an empty slice of dimension " + std::to_string(axis) + " at " + std::to_string(range.start),
         .allowed = "at least one element"});
  }
  return range;
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  PUDU_TRY_ASSIGN(const SliceRange range, slice_range(node, input.shape));
  ir::Shape shape = input.shape;
  shape[range.axis] = range.count();
  return single_result(input.dtype, std::move(shape));
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const ir::Shape& shape = inputs[0].shape();
  PUDU_TRY_ASSIGN(const SliceRange range, slice_range(node, shape));
  const auto axis = shape.begin() + static_cast<std::ptrdiff_t>(range.axis);
  const std::int64_t outer = ir::element_count({shape.begin(), axis});
  const std::int64_t inner = ir::element_count({axis + 1, shape.end()});
  const float* input = inputs[0].data().data();
  float* output = outputs[0].mutable_data().data();
  for (std::int64_t i = 0; i < outer; ++i, input += *axis * inner) {
    for (std::int64_t position = range.start; position < range.end; position += range.step) {
      output = std::copy_n(input + position * inner, inner, output);
    }
  }
  return {};
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const ir::Value& value = context.input_value(0);
  const ir::Shape& shape = value.type.shape;
  PUDU_TRY_ASSIGN(const SliceRange range, slice_range(context.node(), shape));
  const DimOrder order = context.input_order(0);
  const std::int64_t size = shape[range.axis];
  if (range.count() == size) {
    context.alias_output(0, 0, order, order);
    return {};
  }
  std::int64_t outer = 1;
  for (const std::int64_t dim : order) {
    if (static_cast<std::size_t>(dim) == range.axis) break;
    outer *= shape[static_cast<std::size_t>(dim)];
  }
  // Whatever the rank, memory is outer x size x inner.
  const std::int64_t inner = value.type.elements() / (outer * size);
  const auto narrow = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  // A step beyond the dimension is never taken; its stride must fit 32 bits all the same.
  const std::int64_t step = std::min(range.step, size);
  const kernels::StridedSliceS8Params params{.rank = 3,
                                             .output_shape = {narrow(outer), narrow(range.count()), narrow(inner)},
                                             .input_strides = {narrow(size * inner), narrow(step * inner), 1},
                                             .input_start_offset = narrow(range.start * inner)};
  const program::BufferId input = context.input(0, order);
  const KernelBinding& integers = is_int16(context) ? strided_slice_s16() : strided_slice_s8();
  context.emit(is_float(context) ? strided_slice_f32() : integers, params,
               {{"input", input}, {"output", context.output(0, order)}});
  return {};
}

}  // namespace

const OpDefinition& slice_definition() {
  static const OpDefinition definition{
      .name = "slice",
      .summary = "Every step-th element of a range of one dimension.",
      .inputs = {{.name = "input", .meaning = "any shape of rank 1 or more"}},
      .attributes = {{"dim", AttributeType::Integer, std::nullopt, "dimension that is cut"},
                     {"start", AttributeType::Integer, std::nullopt, "first element"},
                     {"end", AttributeType::Integer, std::nullopt, "element after the last; at most the size"},
                     {"step", AttributeType::Integer, std::int64_t{1}, "distance between elements, at least 1"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&strided_slice_s8()},
      .float_kernels = {{&strided_slice_f32()}},
      .int16_kernels = {{&strided_slice_s16()}}};
  return definition;
}

}  // namespace pudu::ops
