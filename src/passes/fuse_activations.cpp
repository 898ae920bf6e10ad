// A bound costs the kernels nothing, a clamp of its own is a pass over the whole tensor. Values between are only those
// of one user, since every other one would see them clamped.
#include "passes/fuse_activations.hpp"

#include <algorithm>
#include <vector>

#include "passes/bounds.hpp"
#include "passes/channel_affine.hpp"
#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

bool is_unary(const ir::Node* node, std::string_view function) {
  return node != nullptr && node->op == "unary" && node->attributes.text("function") == function;
}

bool has_activation_bounds(const ir::Node& node) {
  return node.op == "conv2d" || node.op == "conv_transpose2d" || node.op == "linear" || node.op == "add" ||
         node.op == "mul";
}

/// Clamping before it or behind it is the same. Every window of an undilated max_pool2d has an element of the image.
bool commutes_with_clamp(const ir::Node& node) {
  if (node.op == "max_pool2d") return node.attributes.integers("dilation") == std::vector<std::int64_t>{1, 1};
  return node.op == "reshape" || node.op == "permute";
}

/// The node in front of `value` that can take bounds over from its only user, or null.
const ir::Node* bounded_producer(const GraphEditor& editor, ir::ValueId value) {
  const ir::Node* node = editor.producer(value);
  while (node != nullptr && editor.has_single_user(node->outputs[0])) {
    if (has_activation_bounds(*node)) return node;
    if (!commutes_with_clamp(*node)) return nullptr;
    node = editor.producer(*node->inputs[0]);
  }
  return nullptr;
}

void set_bounds(GraphEditor& editor, const ir::Node& node, const Bounds& bounds) {
  const Bounds present = {node.attributes.real("activation_min"), node.attributes.real("activation_max")};
  const Bounds both = in_sequence(present, bounds);
  editor.set_attribute(node.id, "activation_min", both.min);
  editor.set_attribute(node.id, "activation_max", both.max);
}

void fuse_clamp(GraphEditor& editor, ir::NodeId id) {
  const ir::Node& clamp = editor.node(id);
  const ir::ValueId input = *clamp.inputs[0];
  const ir::Node* producer = bounded_producer(editor, input);
  if (producer == nullptr) return;
  set_bounds(editor, *producer, bounds_of_clamp(clamp));
  editor.drop(id, input);
}

/// hardsigmoid(x) = clamp(x / 6 + 1 / 2, 0, 1) (torch.nn.Hardsigmoid).
void fuse_hardsigmoid(GraphEditor& editor, ir::NodeId id) {
  const ir::ValueId input = *editor.node(id).inputs[0];
  const ir::Node* layer = affine_target(editor, input);
  if (layer == nullptr) return;
  const std::size_t channels = output_channels(editor, *layer);
  const ChannelAffine affine = {std::vector<double>(channels, 1.0 / 6.0), std::vector<double>(channels, 0.5)};
  if (!fold_into_layer(editor, layer->id, affine)) return;
  set_bounds(editor, *layer, {0.0, 1.0});
  editor.drop(id, input);
}

}  // namespace

Status fuse_activations(ir::Graph& graph) {
  return rewrite_until_stable(graph, [](GraphEditor& editor, ir::NodeId id) -> Status {
    const ir::Node& node = editor.node(id);
    if (is_unary(&node, "clamp")) fuse_clamp(editor, id);
    if (is_unary(&node, "hardsigmoid")) fuse_hardsigmoid(editor, id);
    return {};
  });
}

}  // namespace pudu::passes
