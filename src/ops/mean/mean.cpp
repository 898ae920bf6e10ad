// Mean over some dimensions. See mean.md.
#include <algorithm>
#include <string>

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "ops/avg_pool2d/pool2d.hpp"
#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

/// Which dimensions are averaged, by logical dimension. No dims = all of them, as torch.mean(x).
Result<std::vector<bool>> reduced_dims(const ir::Node& node, std::size_t rank) {
  const auto& dims = node.attributes.integers("dims");
  std::vector<bool> reduced(rank, dims.empty());
  for (const std::int64_t dim : dims) {
    PUDU_TRY_ASSIGN(const std::int64_t axis, normalize_axis(dim, rank));
    if (reduced[static_cast<std::size_t>(axis)]) {
      return invalid_input({.found = "dims " + to_text(dims) + " names dimension " + std::to_string(axis) + " twice",
                            .allowed = "every dimension at most once"});
    }
    reduced[static_cast<std::size_t>(axis)] = true;
  }
  return reduced;
}

std::int64_t reduced_elements(const ir::Shape& shape, const std::vector<bool>& reduced) {
  std::int64_t elements = 1;
  for (std::size_t dim = 0; dim < shape.size(); ++dim) elements *= reduced[dim] ? shape[dim] : 1;
  return elements;
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  PUDU_TRY_ASSIGN(const std::vector<bool> reduced, reduced_dims(node, input.shape.size()));
  if (const std::int64_t elements = reduced_elements(input.shape, reduced); elements > max_mean_elements) {
    return unsupported({.found = "a mean over " + std::to_string(elements) + " elements",
                        .allowed = "at most " + std::to_string(max_mean_elements)});
  }
  const bool keepdim = node.attributes.integer("keepdim") != 0;
  ir::Shape shape;
  for (std::size_t dim = 0; dim < input.shape.size(); ++dim) {
    if (!reduced[dim]) shape.push_back(input.shape[dim]);
    if (reduced[dim] && keepdim) shape.push_back(1);
  }
  return single_result(input.dtype, std::move(shape));
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const ir::Shape& shape = inputs[0].shape();
  PUDU_TRY_ASSIGN(const std::vector<bool> reduced, reduced_dims(node, shape.size()));
  // Strides of the result by input dimension: 0 where it is averaged.
  std::vector<std::int64_t> strides(shape.size(), 0);
  std::int64_t stride = 1;
  for (std::size_t dim = shape.size(); dim-- > 0;) {
    if (reduced[dim]) continue;
    strides[dim] = stride;
    stride *= shape[dim];
  }
  std::vector<double> sums(static_cast<std::size_t>(stride), 0.0);
  std::vector<std::int64_t> index(shape.size(), 0);
  std::int64_t position = 0;
  for (const float element : inputs[0].data()) {
    sums[static_cast<std::size_t>(position)] += static_cast<double>(element);
    for (std::size_t dim = shape.size(); dim-- > 0;) {
      position += strides[dim];
      if (++index[dim] < shape[dim]) break;
      position -= strides[dim] * shape[dim];
      index[dim] = 0;
    }
  }
  const auto count = static_cast<double>(reduced_elements(shape, reduced));
  std::transform(sums.begin(), sums.end(), outputs[0].mutable_data().begin(),
                 [count](double sum) { return static_cast<float>(sum / count); });
  return {};
}

/// `order` with the averaged dimensions together, at the place of the first one that matters in memory. Leaves the
/// order in memory alone when they are adjacent already.
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

/// Order of the result: that of the input, without the averaged dimensions unless they are kept.
DimOrder result_order(const DimOrder& order, const std::vector<bool>& reduced, bool keepdim) {
  if (keepdim) return order;
  DimOrder result;
  for (const std::int64_t dim : order) {
    if (reduced[static_cast<std::size_t>(dim)]) continue;
    result.push_back(std::count(reduced.begin(), reduced.begin() + dim, false));
  }
  return result;
}

kernels::AvgPool2dS8Params column_mean_params(std::int64_t outer, std::int64_t count, std::int64_t inner) {
  kernels::AvgPool2dS8Params params{};
  params.batches = static_cast<std::int32_t>(outer);
  params.input_h = static_cast<std::int32_t>(count);
  params.input_w = 1;
  params.channels = static_cast<std::int32_t>(inner);
  params.output_h = 1;
  params.output_w = 1;
  params.kernel_h = static_cast<std::int32_t>(count);
  params.kernel_w = 1;
  params.stride_h = 1;
  params.stride_w = 1;
  params.activation_min = -128;
  params.activation_max = 127;
  return params;
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const ir::Value& value = context.input_value(0);
  const ir::Shape& shape = value.type.shape;
  PUDU_TRY_ASSIGN(const std::vector<bool> reduced, reduced_dims(context.node(), shape.size()));
  const bool keepdim = context.node().attributes.integer("keepdim") != 0;
  const DimOrder order = with_reduced_together(shape, context.input_order(0), reduced);
  const DimOrder output_order = result_order(order, reduced, keepdim);
  const std::int64_t count = reduced_elements(shape, reduced);
  if (count == 1) {
    context.alias_output(0, 0, order, output_order);
    return {};
  }
  std::int64_t outer = 1;
  for (const std::int64_t dim : order) {
    const auto index = static_cast<std::size_t>(dim);
    if (reduced[index] && shape[index] != 1) break;
    outer *= shape[index];
  }
  auto params = column_mean_params(outer, count, value.type.elements() / (outer * count));
  params.pad_value = value.quant->zero_point;
  const program::BufferId input = context.input(0, order);
  context.emit(avg_pool2d_s8(), params, {{"input", input}, {"output", context.output(0, output_order)}});
  return {};
}

}  // namespace

const OpDefinition& mean_definition() {
  using Integers = std::vector<std::int64_t>;
  static const OpDefinition definition{
      .name = "mean",
      .summary = "Mean over some dimensions.",
      .inputs = {{.name = "input", .meaning = "any shape"}},
      .attributes = {{"dims", AttributeType::Integers, Integers{}, "dimensions that are averaged; none: all"},
                     {"keepdim", AttributeType::Integer, std::int64_t{0}, "1: averaged dimensions stay, with size 1"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {&avg_pool2d_s8()}};
  return definition;
}

}  // namespace pudu::ops
