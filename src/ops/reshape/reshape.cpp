// The same elements in another shape: view, reshape, flatten, squeeze, unsqueeze. See reshape.md.
#include <algorithm>
#include <optional>
#include <string>

#include "ops/checks.hpp"
#include "ops/lower_context.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {
namespace {

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, 0));
  const ir::TensorType& input = input_type(graph, node, 0);
  const auto& shape = node.attributes.integers("shape");
  PUDU_TRY(check_integers(node, "shape", shape.size(), 1, INT32_MAX));
  PUDU_TRY_ASSIGN(std::vector<ir::TensorType> result, single_result(input.dtype, shape));
  if (result[0].elements() != input.elements()) {
    return invalid_input({.found = "shape " + to_text(shape) + " for an input of shape " + ir::to_string(input.shape),
                          .allowed = "a shape of " + std::to_string(input.elements()) + " elements"});
  }
  return result;
}

Status reference(const ir::Node&, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  outputs[0] = inputs[0].reshaped(outputs[0].shape());
  return {};
}

/// The finest split of a reshape into independent ones: input dimensions `from` become output dimensions `to`, with
/// equally many elements. Dimensions of size 1 are left out of `from` and go along in `to`.
struct DimGroup {
  DimOrder from;
  DimOrder to;
};

DimOrder dims_that_matter(const ir::Shape& shape) {
  DimOrder dims;
  for (std::size_t dim = 0; dim < shape.size(); ++dim) {
    if (shape[dim] != 1) dims.push_back(static_cast<std::int64_t>(dim));
  }
  return dims;
}

std::vector<DimGroup> split_reshape(const ir::Shape& from_shape, const ir::Shape& to_shape) {
  const DimOrder from = dims_that_matter(from_shape);
  std::vector<DimGroup> groups;
  std::size_t next_from = 0;
  std::size_t next_to = 0;
  while (next_from < from.size()) {
    DimGroup group;
    std::int64_t from_elements = 1;
    std::int64_t to_elements = 1;
    do {
      if (from_elements <= to_elements) {
        group.from.push_back(from[next_from++]);
        from_elements *= from_shape[static_cast<std::size_t>(group.from.back())];
      } else {
        group.to.push_back(static_cast<std::int64_t>(next_to));
        to_elements *= to_shape[next_to++];
      }
    } while (from_elements != to_elements);
    groups.push_back(std::move(group));
  }
  if (groups.empty()) groups.emplace_back();
  for (; next_to < to_shape.size(); ++next_to) groups.back().to.push_back(static_cast<std::int64_t>(next_to));
  return groups;
}

/// The order in which the result lies when memory stays as it is, or none when a group's dimensions are not together
/// and in sequence in memory.
std::optional<DimOrder> order_of_view(const ir::Shape& from_shape, const DimOrder& order, const ir::Shape& to_shape) {
  DimOrder memory = order;
  std::erase_if(memory, [&](std::int64_t dim) { return from_shape[static_cast<std::size_t>(dim)] == 1; });
  const std::vector<DimGroup> groups = split_reshape(from_shape, to_shape);
  DimOrder result;
  std::size_t position = 0;
  do {
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const DimGroup& candidate) {
      return position >= memory.size() || candidate.from.front() == memory[position];
    });
    if (group == groups.end()) return std::nullopt;
    for (const std::int64_t dim : group->from) {
      if (position >= memory.size() || memory[position] != dim) return std::nullopt;
      ++position;
    }
    result.insert(result.end(), group->to.begin(), group->to.end());
  } while (position < memory.size());
  return result;
}

Status lower(LowerContext& context) {
  PUDU_TRY(require_shared_quantization(context));
  const ir::Shape& from_shape = context.input_value(0).type.shape;
  const ir::Shape& to_shape = context.output_value().type.shape;
  const DimOrder order = context.input_order(0);
  if (const std::optional<DimOrder> view = order_of_view(from_shape, order, to_shape)) {
    context.alias_output(0, 0, order, *view);
  } else {
    context.alias_output(0, 0, contiguous_order(from_shape.size()), contiguous_order(to_shape.size()));
  }
  return {};
}

}  // namespace

const OpDefinition& reshape_definition() {
  static const OpDefinition definition{
      .name = "reshape",
      .summary = "The same elements in another shape.",
      .inputs = {{.name = "input", .meaning = "any shape"}},
      .attributes = {{"shape", AttributeType::Integers, std::nullopt, "sizes of the result, without -1"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.output = OutputQuantization::SameAsInput},
      .lower = lower,
      .kernels = {},
      .float_kernels = std::vector<const KernelBinding*>{},
      .int16_kernels = std::vector<const KernelBinding*>{}};
  return definition;
}

}  // namespace pudu::ops
