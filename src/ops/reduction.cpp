#include "ops/reduction.hpp"

#include <algorithm>
#include <string>

#include "kernels/sum_f32/sum_f32.hpp"
#include "ops/checks.hpp"
#include "ops/float_node.hpp"

namespace pudu::ops {
namespace {

DimOrder with_reduced_together(const ir::Shape& shape, const DimOrder& order, const std::vector<bool>& reduced) {
  DimOrder before;
  DimOrder together;
  DimOrder after;
  bool met = false;
  for (const std::int64_t dim : order) {
    const auto index = static_cast<std::size_t>(dim);
    met = met || (reduced[index] && shape[index] != 1);
    (reduced[index] ? together : met ? after : before).push_back(dim);
  }
  before.insert(before.end(), together.begin(), together.end());
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

/// Order of the result: that of the input, without the reduced dimensions unless they are kept.
DimOrder result_order(const DimOrder& order, const Reduction& reduction) {
  if (reduction.keeps_dims) return order;
  DimOrder result;
  for (const std::int64_t dim : order) {
    if (reduction.reduced[static_cast<std::size_t>(dim)]) continue;
    result.push_back(std::count(reduction.reduced.begin(), reduction.reduced.begin() + dim, false));
  }
  return result;
}

}  // namespace

Result<Reduction> reduction_of(const ir::Node& node, const ir::Shape& shape) {
  const auto& dims = node.attributes.integers("dims");
  Reduction result{.reduced = std::vector<bool>(shape.size(), dims.empty()),
                   .keeps_dims = node.attributes.integer("keepdim") != 0};
  for (const std::int64_t dim : dims) {
    PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(dim, shape.size()));
    if (result.reduced[static_cast<std::size_t>(axis)]) {
      return invalid_input({.found = "dims " + to_text(dims) + " names dimension " + std::to_string(axis) + " twice",
                            .allowed = "every dimension at most once"});
    }
    result.reduced[static_cast<std::size_t>(axis)] = true;
  }
  for (std::size_t dim = 0; dim < shape.size(); ++dim) result.elements *= result.reduced[dim] ? shape[dim] : 1;
  return result;
}

Result<std::vector<ir::TensorType>> infer_reduction(const ir::Graph& graph, const ir::Node& node,
                                                    std::string_view what) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  PUDU_TRY_ASSIGN(const Reduction reduction, reduction_of(node, input.shape));
  if (reduction.elements > max_mean_elements) {
    return unsupported({.found = std::string(what) + " over " + std::to_string(reduction.elements) + " elements",
                        .allowed = "at most " + std::to_string(max_mean_elements)});
  }
  ir::Shape shape;
  for (std::size_t dim = 0; dim < input.shape.size(); ++dim) {
    if (!reduction.reduced[dim]) shape.push_back(input.shape[dim]);
    if (reduction.reduced[dim] && reduction.keeps_dims) shape.push_back(1);
  }
  return single_result(input.dtype, std::move(shape));
}

std::vector<double> reduced_sums(const Tensor& input, const Reduction& reduction) {
  const ir::Shape& shape = input.shape();
  // Strides of the result by input dimension: 0 where it is reduced.
  std::vector<std::int64_t> strides(shape.size(), 0);
  std::int64_t stride = 1;
  for (std::size_t dim = shape.size(); dim-- > 0;) {
    if (reduction.reduced[dim]) continue;
    strides[dim] = stride;
    stride *= shape[dim];
  }
  std::vector<double> sums(static_cast<std::size_t>(stride), 0.0);
  std::vector<std::int64_t> index(shape.size(), 0);
  std::int64_t position = 0;
  for (const float element : input.data()) {
    sums[static_cast<std::size_t>(position)] += static_cast<double>(element);
    for (std::size_t dim = shape.size(); dim-- > 0;) {
      position += strides[dim];
      if (++index[dim] < shape[dim]) break;
      position -= strides[dim] * shape[dim];
      index[dim] = 0;
    }
  }
  return sums;
}

ReductionLayout reduction_layout(const ir::Shape& shape, const DimOrder& order, const Reduction& reduction) {
  ReductionLayout layout;
  layout.input_order = with_reduced_together(shape, order, reduction.reduced);
  layout.output_order = result_order(layout.input_order, reduction);
  for (const std::int64_t dim : layout.input_order) {
    const auto index = static_cast<std::size_t>(dim);
    if (reduction.reduced[index] && shape[index] != 1) break;
    layout.outer *= shape[index];
  }
  // Where nothing is reduced, all dimensions are outer ones.
  layout.inner = ir::element_count(shape) / (layout.outer * reduction.elements);
  return layout;
}

Status lower_float_sum(LowerContext& context, const Reduction& reduction, double divisor) {
  PUDU_TRY(require_float_operands(context));
  const ReductionLayout layout = reduction_layout(context.input_value(0).type.shape, context.input_order(0), reduction);
  const kernels::SumF32Params params{.outer_count = static_cast<std::int32_t>(layout.outer),
                                     .sum_count = static_cast<std::int32_t>(reduction.elements),
                                     .inner_count = static_cast<std::int32_t>(layout.inner),
                                     .divisor = static_cast<float>(divisor)};
  const program::BufferId input = context.input(0, layout.input_order);
  context.emit(sum_f32(), params, {{"input", input}, {"output", context.output(0, layout.output_order)}});
  return {};
}

}  // namespace pudu::ops
