// Constants behind a layer cost nothing once they are in its weights and bias. Limits: a layer whose result has other
// users keeps its weights.
#include "passes/fold_affine.hpp"

#include <optional>
#include <vector>

#include "passes/channel_affine.hpp"
#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

/// The constant of a mul or add as one value per channel of `axis` of `result`, or nothing when it varies otherwise.
std::optional<std::vector<double>> per_channel(const GraphEditor& editor, ir::ValueId constant, const ir::Shape& result,
                                               std::size_t axis) {
  const std::span<const float> data = editor.floats(constant);
  const ir::Shape& shape = editor.shape(constant);
  if (data.empty() || shape.size() > result.size()) return {};
  const auto channels = static_cast<std::size_t>(result[axis]);
  if (data.size() == 1) return std::vector<double>(channels, static_cast<double>(data[0]));
  const std::size_t missing = result.size() - shape.size();  // broadcasting adds dimensions in front
  if (data.size() != channels || axis < missing || shape[axis - missing] != result[axis]) return {};
  return std::vector<double>(data.begin(), data.end());
}

ChannelAffine uniform(std::size_t channels, double scale, double shift) {
  return {std::vector<double>(channels, scale), std::vector<double>(channels, shift)};
}

/// What a mul or add does to `operand` of its two inputs, the other one being constant.
std::optional<ChannelAffine> affine_of_binary(const GraphEditor& editor, const ir::Node& node, std::size_t operand,
                                              std::size_t axis) {
  const ir::Shape& result = editor.shape(node.outputs[0]);
  if (editor.shape(*node.inputs[operand]) != result) return {};
  std::optional<std::vector<double>> constant = per_channel(editor, *node.inputs[1 - operand], result, axis);
  if (!constant) return {};
  ChannelAffine affine = uniform(constant->size(), 1.0, 0.0);
  if (node.op == "mul") {
    affine.scale = std::move(*constant);
    return affine;
  }
  // a + alpha * b
  const double alpha = node.attributes.real("alpha");
  affine.shift = std::move(*constant);
  if (operand == 0) {
    for (double& shift : affine.shift) shift *= alpha;
  } else {
    affine.scale.assign(affine.scale.size(), alpha);
  }
  return affine;
}

bool fold_operand(GraphEditor& editor, ir::NodeId id, std::size_t operand) {
  const ir::Node& node = editor.node(id);
  const ir::ValueId input = *node.inputs[operand];
  const ir::Node* layer = affine_target(editor, input);
  if (layer == nullptr) return false;
  const std::size_t axis = layer->op != "linear" ? 1 : editor.shape(input).size() - 1;
  std::optional<ChannelAffine> affine;
  if (node.op == "unary") {
    const std::vector<double>& params = node.attributes.reals("params");
    affine = uniform(output_channels(editor, *layer), params[0], params[1]);
  } else {
    affine = affine_of_binary(editor, node, operand, axis);
  }
  if (!affine || !fold_into_layer(editor, layer->id, *affine)) return false;
  editor.drop(id, input);
  return true;
}

bool is_scale_shift(const ir::Node* node) {
  return node != nullptr && node->op == "unary" && node->attributes.text("function") == "scale_shift";
}

void merge_scale_shifts(GraphEditor& editor, ir::NodeId id) {
  const ir::Node& outer = editor.node(id);
  const ir::Node* inner = editor.producer(*outer.inputs[0]);
  if (!is_scale_shift(inner)) return;
  const std::vector<double>& last = outer.attributes.reals("params");
  const std::vector<double>& first = inner->attributes.reals("params");
  const std::vector<double> merged = {last[0] * first[0], last[0] * first[1] + last[1]};
  const std::optional<ir::ValueId> input = inner->inputs[0];
  editor.set_attribute(id, "params", merged);
  editor.set_input(id, 0, input);
}

}  // namespace

Status fold_affine(ir::Graph& graph) {
  return rewrite_until_stable(graph, [](GraphEditor& editor, ir::NodeId id) -> Status {
    const ir::Node& node = editor.node(id);
    if (is_scale_shift(&node)) {
      if (!fold_operand(editor, id, 0)) merge_scale_shifts(editor, id);
    } else if ((node.op == "add" || node.op == "mul") && !has_fused_activation(node)) {
      if (!fold_operand(editor, id, 0)) fold_operand(editor, id, 1);
    }
    return {};
  });
}

}  // namespace pudu::passes
