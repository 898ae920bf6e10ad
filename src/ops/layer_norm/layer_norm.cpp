// Normalization over the last dimensions: layer_norm and, without the mean, rms_norm. See layer_norm.md.
#include <string>

#include "ops/checks.hpp"
#include "ops/float_node.hpp"
#include "ops/normalization.hpp"

namespace pudu::ops {
namespace {

Centering centering_of(const ir::Node& node) {
  return node.attributes.integer("subtract_mean") != 0 ? Centering::Mean : Centering::None;
}

std::size_t first_normalized(const ir::Node& node, std::size_t rank) {
  return rank - static_cast<std::size_t>(node.attributes.integer("normalized_rank"));
}

NormalizationShape shape_of(const ir::Node& node, const ir::Shape& shape) {
  const auto first = shape.begin() + static_cast<std::ptrdiff_t>(first_normalized(node, shape.size()));
  const std::int64_t elements = ir::element_count({first, shape.end()});
  return {.groups = ir::element_count({shape.begin(), first}), .group_elements = elements, .channels = elements};
}

Result<std::vector<ir::TensorType>> infer(const ir::Graph& graph, const ir::Node& node) {
  PUDU_TRY(check_input(graph, node, NormalizedInput));
  const ir::TensorType& input = input_type(graph, node, NormalizedInput);
  const std::int64_t normalized = node.attributes.integer("normalized_rank");
  if (normalized < 1 || normalized > std::ssize(input.shape)) {
    return invalid_input({.found = "normalized_rank " + std::to_string(normalized) + " of an input of shape " +
                                   ir::to_string(input.shape),
                          .allowed = "1 to " + std::to_string(input.shape.size())});
  }
  PUDU_TRY(check_normalization(graph, node, shape_of(node, input.shape)));
  return single_result(ir::DType::Float32, input.shape);
}

Status reference(const ir::Node& node, std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  normalize_groups(inputs, shape_of(node, inputs[NormalizedInput].shape()), centering_of(node),
                   node.attributes.real("eps"), outputs[0].mutable_data());
  return {};
}

/// The normalized dimensions go innermost, in sequence; the others stay as they lie.
Status lower(LowerContext& context) {
  const ir::Shape& shape = context.input_value(NormalizedInput).type.shape;
  const auto first = static_cast<std::int64_t>(first_normalized(context.node(), shape.size()));
  DimOrder order = context.input_order(NormalizedInput);
  std::erase_if(order, [&](std::int64_t dim) { return dim >= first; });
  for (std::int64_t dim = first; dim < std::ssize(shape); ++dim) order.push_back(dim);
  const NormalizationShape groups = shape_of(context.node(), shape);
  return lower_normalization(context, order, {.outer = groups.groups, .channels = groups.channels},
                             centering_of(context.node()));
}

}  // namespace

const OpDefinition& layer_norm_definition() {
  static const OpDefinition definition{
      .name = "layer_norm",
      .summary = "Normalization over the last dimensions, by mean and variance or by the root mean square.",
      .inputs = {{.name = "input", .meaning = "any shape of rank 1 or more"},
                 {"weight", OperandPresence::Optional, "constant of the last dimensions; 1 when absent"},
                 {"bias", OperandPresence::Optional, "constant of the last dimensions; 0 when absent"}},
      .attributes = {{"normalized_rank", AttributeType::Integer, std::int64_t{1}, "how many last dimensions"},
                     {"subtract_mean", AttributeType::Integer, std::int64_t{1}, "0: root mean square (rms_norm)"},
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
