// Models ported from TensorFlow pad in front of strided convolutions, more on one side than on the other. A kernel pads
// for nothing; a pad node copies the image. Limits: zeros only, since a quantized convolution pads with its zero point.
#include "passes/fuse_pad.hpp"

#include <algorithm>
#include <vector>

#include "ops/checks.hpp"
#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

using Integers = std::vector<std::int64_t>;

bool pads_image_with_zeros(const ir::Node& pad) {
  const Integers& before = pad.attributes.integers("before");
  const Integers& after = pad.attributes.integers("after");
  const auto is_not_negative = [](std::int64_t amount) { return amount >= 0; };
  return pad.attributes.real("value") == 0.0 && before.size() == 4 && before[0] == 0 && before[1] == 0 &&
         after[0] == 0 && after[1] == 0 && std::all_of(before.begin(), before.end(), is_not_negative) &&
         std::all_of(after.begin(), after.end(), is_not_negative);
}

bool feeds_convolutions_only(const GraphEditor& editor, const ir::Node& pad) {
  const auto users = editor.users(pad.outputs[0]);
  return !editor.is_graph_output(pad.outputs[0]) && std::all_of(users.begin(), users.end(), [&](ir::NodeId user) {
    return editor.node(user).op == "conv2d" && editor.node(user).inputs[1] != pad.outputs[0];
  });
}

}  // namespace

Status fuse_pad(ir::Graph& graph) {
  return rewrite_until_stable(graph, [](GraphEditor& editor, ir::NodeId id) -> Status {
    const ir::Node& conv = editor.node(id);
    if (conv.op != "conv2d") return {};
    const ir::Node* pad = editor.producer(*conv.inputs[0], "pad");
    if (pad == nullptr || !pads_image_with_zeros(*pad) || !feeds_convolutions_only(editor, *pad)) return {};
    const Integers& before = pad->attributes.integers("before");
    const Integers& after = pad->attributes.integers("after");
    Integers padding = conv.attributes.integers("padding");
    padding[0] += before[2];
    padding[1] += after[2];
    padding[2] += before[3];
    padding[3] += after[3];
    if (*std::max_element(padding.begin(), padding.end()) > ops::max_attribute_size) return {};
    editor.set_attribute(id, "padding", std::move(padding));
    editor.set_input(id, 0, pad->inputs[0]);
    return {};
  });
}

}  // namespace pudu::passes
