// Normalization over groups of channels: group_norm, instance_norm. See group_norm.md.
#include <string>

#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/normalization.hpp"

namespace pudu::ops {
namespace {

NormalizationShape shape_of(const ir::Node& node, const ir::Shape& shape) {
  const std::int64_t groups = node.attributes.integer("groups");
  const std::int64_t positions = ir::element_count({shape.begin() + 2, shape.end()});
  return {.groups = shape[0] * groups,
          .group_elements = shape[1] / groups * positions,
          .channels = shape[1],
          .channel_elements = positions};
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, NormalizedInput));
  const ir::TensorType& input = input_type(graph, node, NormalizedInput);
  if (input.shape.size() < 2) {
    return invalid_input({.found = "input of shape " + ir::to_string(input.shape), .allowed = "[N, C, ...]"});
  }
  const std::int64_t groups = node.attributes.integer("groups");
  if (groups < 1 || input.shape[1] % groups != 0) {
    return invalid_input(
        {.found = std::to_string(groups) + " groups of " + std::to_string(input.shape[1]) + " channels",
         .allowed = "a divisor of the number of channels"});
  }
  PUDU_TRY(check_normalization(graph, node, shape_of(node, input.shape)));
  return single_result(ir::DType::Float32, input.shape);
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  normalize_groups(inputs, shape_of(node, inputs[NormalizedInput].shape()), Centering::Mean,
                   node.attributes.real("eps"), outputs[0].mutable_data());
  return {};
}

/// The batch goes outermost and the channels innermost; the others stay as they lie.
Status lower(LowerContext& context) {
  const ir::Shape& shape = context.input_value(NormalizedInput).type.shape;
  DimOrder order = context.input_order(NormalizedInput);
  std::erase_if(order, [](std::int64_t dim) { return dim < 2; });
  order.insert(order.begin(), 0);
  order.push_back(1);
  return lower_normalization(context, order,
                             {.outer = shape[0],
                              .positions = ir::element_count({shape.begin() + 2, shape.end()}),
                              .channels = shape[1],
                              .groups = context.node().attributes.integer("groups")},
                             Centering::Mean);
}

}  // namespace

const OpDefinition& group_norm_definition() {
  static const OpDefinition definition{
      .name = "group_norm",
      .summary = "Normalization over groups of channels; a group for each channel is instance_norm.",
      .inputs = {{.name = "input", .meaning = "[N, C, ...]"},
                 {"weight", OperandPresence::Optional, "constant [C]; 1 when absent"},
                 {"bias", OperandPresence::Optional, "constant [C]; 0 when absent"}},
      .attributes = {{"groups", AttributeType::Integer, std::nullopt, "divides C"},
                     {"eps", AttributeType::Real, 1e-5, "added to the variance"}},
      .infer = infer,
      .reference = reference,
      .quantization = {.float_inputs = {NormalizationWeight, NormalizationBias}},
      .lower = lower,
      .kernels = {&normalize_s8()},
      .float_kernels = {{&normalize_f32()}}};
  return definition;
}

}  // namespace pudu::ops
