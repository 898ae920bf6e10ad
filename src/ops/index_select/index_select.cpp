// Elements by lists of positions along one or two dimensions: nearest upsampling, reflecting, repeating and circular
// padding, flip, roll, index_select. See index_select.md.
#include <algorithm>
#include <string>

#include "kernels/index_select/index_select_s8.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

PUDU_KERNEL_BINDING(index_select_s8, IndexSelectS8)

using Indices = std::vector<std::int64_t>;

/// One dimension, counted from the front, and the positions taken of it.
struct Selection {
  std::size_t dim = 0;
  const Indices* indices = nullptr;
};

Result<std::vector<Selection>> selections_of(const ir::Node& node, std::size_t rank) {
  const Indices& dims = node.attributes.integers("dims");
  const Indices& second = node.attributes.integers("indices2");
  if (dims.empty() || dims.size() > 2) {
    return invalid_input({.found = "dims " + to_text(dims), .allowed = "one or two dimensions"});
  }
  if (dims.size() == 1 && !second.empty()) {
    return invalid_input({.found = "indices2 for dims " + to_text(dims), .allowed = "indices2 with two dimensions"});
  }
  std::vector<Selection> result = {{0, &node.attributes.integers("indices")}, {0, &second}};
  result.resize(dims.size());
  for (std::size_t i = 0; i < dims.size(); ++i) {
    PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(dims[i], rank));
    result[i].dim = static_cast<std::size_t>(axis);
  }
  if (result.size() == 2 && result[0].dim == result[1].dim) {
    return invalid_input({.found = "dims " + to_text(dims), .allowed = "two different dimensions"});
  }
  return result;
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  PUDU_TRY_ASSIGN(const std::vector<Selection> selections, selections_of(node, input.shape.size()));
  ir::Shape shape = input.shape;
  for (const Selection& selection : selections) {
    const std::int64_t size = input.shape[selection.dim];
    for (const std::int64_t index : *selection.indices) {
      if (index >= 0 && index < size) continue;
      return invalid_input({.found = "position " + std::to_string(index) + " of dimension " +
                                     std::to_string(selection.dim) + " of shape " + ir::to_string(input.shape),
                            .allowed = "0 to " + std::to_string(size - 1)});
    }
    shape[selection.dim] = static_cast<std::int64_t>(selection.indices->size());
  }
  return single_result(input.dtype, std::move(shape));
}

/// The kernel's view of `shape` in memory order: [outer, size1, middle, size2, inner].
struct Extents {
  std::int64_t outer = 1, size1 = 1, middle = 1, size2 = 1, inner = 1;
};

/// `selections` are sorted by their place in `order`.
Extents extents_of(const ir::Shape& shape, const DimOrder& order, const std::vector<Selection>& selections) {
  Extents result;
  std::size_t met = 0;
  for (const std::int64_t logical_dim : order) {
    const auto dim = static_cast<std::size_t>(logical_dim);
    if (met < selections.size() && selections[met].dim == dim) {
      (met++ == 0 ? result.size1 : result.size2) = shape[dim];
    } else if (met == selections.size()) {
      result.inner *= shape[dim];
    } else {
      (met == 0 ? result.outer : result.middle) *= shape[dim];
    }
  }
  return result;
}

void sort_by_place(std::vector<Selection>& selections, const DimOrder& order) {
  const auto place = [&](const Selection& selection) {
    return std::find(order.begin(), order.end(), static_cast<std::int64_t>(selection.dim));
  };
  std::sort(selections.begin(), selections.end(),
            [&](const Selection& a, const Selection& b) { return place(a) < place(b); });
}

/// Positions of the second dimension where there is one, else its only element.
const Indices& second_indices(const std::vector<Selection>& selections) {
  static const Indices only = {0};
  return selections.size() == 2 ? *selections[1].indices : only;
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const ir::Shape& shape = inputs[0].shape();
  const DimOrder order = contiguous_order(shape.size());
  PUDU_TRY_ASSIGN(std::vector<Selection> selections, selections_of(node, shape.size()));
  sort_by_place(selections, order);
  const Extents extents = extents_of(shape, order, selections);
  const std::int64_t row = extents.size2 * extents.inner;
  const float* input = inputs[0].data().data();
  float* output = outputs[0].mutable_data().data();
  for (std::int64_t outer = 0; outer < extents.outer; ++outer, input += extents.size1 * extents.middle * row) {
    for (const std::int64_t i : *selections[0].indices) {
      for (std::int64_t middle = 0; middle < extents.middle; ++middle) {
        const float* source = input + (i * extents.middle + middle) * row;
        for (const std::int64_t j : second_indices(selections)) {
          output = std::copy_n(source + j * extents.inner, extents.inner, output);
        }
      }
    }
  }
  return {};
}

program::BufferId index_constant(LowerContext& context, std::string_view suffix, const Indices& indices) {
  const std::vector<std::int32_t> narrow(indices.begin(), indices.end());
  return context.constant_of<std::int32_t>(suffix, narrow, {static_cast<std::int64_t>(narrow.size())});
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const ir::Shape& shape = context.input_value(0).type.shape;
  PUDU_TRY_ASSIGN(std::vector<Selection> selections, selections_of(context.node(), shape.size()));
  const DimOrder order = context.input_order(0);
  sort_by_place(selections, order);
  const Extents extents = extents_of(shape, order, selections);
  const Indices& second = second_indices(selections);
  const auto narrow = [](std::int64_t number) { return static_cast<std::int32_t>(number); };
  const kernels::IndexSelectS8Params params{.outer_count = narrow(extents.outer),
                                            .size1 = narrow(extents.size1),
                                            .count1 = narrow(std::ssize(*selections[0].indices)),
                                            .middle_count = narrow(extents.middle),
                                            .size2 = narrow(extents.size2),
                                            .count2 = narrow(std::ssize(second)),
                                            .inner_count = narrow(extents.inner)};
  const program::BufferId input = context.input(0, order);
  context.emit(is_float(context) ? index_select_f32() : index_select_s8(), params,
               {{"input", input},
                {"indices1", index_constant(context, "indices1", *selections[0].indices)},
                {"indices2", index_constant(context, "indices2", second)},
                {"output", context.output(0, order)}});
  return {};
}

}  // namespace

const OpDefinition& index_select_definition() {
  static const OpDefinition definition{
      .name = "index_select",
      .summary = "Elements by lists of positions along one or two dimensions.",
      .inputs = {{.name = "input", .meaning = "any shape of rank 1 or more"}},
      .attributes = {{"dims", AttributeType::Integers, std::nullopt, "one or two dimensions"},
                     {"indices", AttributeType::Integers, std::nullopt, "positions taken of the first of them"},
                     {"indices2", AttributeType::Integers, Indices{}, "positions taken of the second"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&index_select_s8()},
      .float_kernels = {{&index_select_f32()}}};
  return definition;
}

}  // namespace pudu::ops
