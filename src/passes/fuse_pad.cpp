// Models ported from TensorFlow pad in front of strided convolutions, more on one side than on the other. A kernel pads
// for nothing; a pad node copies the image. Limits: zeros only, since a quantized convolution pads with its zero point.
#include "passes/fuse_pad.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "ops/checks.hpp"
#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

using Integers = std::vector<std::int64_t>;

/// Zeros around the images [N, C, H, W], or around the sequences [N, C, L], and nothing else.
bool pads_with_zeros(const ir::Node& pad, std::size_t rank) {
  const Integers& before = pad.attributes.integers("before");
  const Integers& after = pad.attributes.integers("after");
  const auto is_not_negative = [](std::int64_t amount) { return amount >= 0; };
  return pad.attributes.real("value") == 0.0 && before.size() == rank && before[0] == 0 && before[1] == 0 &&
         after[0] == 0 && after[1] == 0 && std::all_of(before.begin(), before.end(), is_not_negative) &&
         std::all_of(after.begin(), after.end(), is_not_negative);
}

bool all_users(const GraphEditor& editor, ir::ValueId value,
               bool (*is_wanted)(const GraphEditor&, ir::NodeId, ir::ValueId)) {
  const auto users = editor.users(value);
  return !editor.is_graph_output(value) &&
         std::all_of(users.begin(), users.end(), [&](ir::NodeId user) { return is_wanted(editor, user, value); });
}

bool is_convolution_of(const GraphEditor& editor, ir::NodeId user, ir::ValueId image) {
  return editor.node(user).op == "conv2d" && editor.node(user).inputs[1] != image;
}

/// [N, C, L] as the images [N, C, 1, L] of convolutions: what a conv1d is read as.
bool is_image_of_sequence(const GraphEditor& editor, ir::NodeId user, ir::ValueId sequence) {
  const ir::Node& reshape = editor.node(user);
  if (reshape.op != "reshape") return false;
  const ir::Shape& from = editor.shape(sequence);
  return editor.shape(reshape.outputs[0]) == ir::Shape{from[0], from[1], 1, from[2]} &&
         all_users(editor, reshape.outputs[0], is_convolution_of);
}

/// Zero padding in front of a convolution: top, bottom, left, right.
struct Padding {
  Integers amounts;
  ir::ValueId input;
  bool is_sequence = false;
};

std::optional<Padding> padding_of_images(const GraphEditor& editor, const ir::Node& conv) {
  const ir::Node* pad = editor.producer(*conv.inputs[0], "pad");
  if (pad == nullptr || !pads_with_zeros(*pad, 4) || !all_users(editor, pad->outputs[0], is_convolution_of)) return {};
  const Integers& before = pad->attributes.integers("before");
  const Integers& after = pad->attributes.integers("after");
  return Padding{{before[2], after[2], before[3], after[3]}, *pad->inputs[0]};
}

/// Causal convolutions pad sequences on one side, which PyTorch writes as a pad of its own.
std::optional<Padding> padding_of_sequences(const GraphEditor& editor, const ir::Node& conv) {
  const ir::Node* image = editor.producer(*conv.inputs[0], "reshape");
  const ir::Node* pad = image != nullptr ? editor.producer(*image->inputs[0], "pad") : nullptr;
  if (pad == nullptr || !pads_with_zeros(*pad, 3) || editor.value(pad->outputs[0]).quant) return {};
  if (!all_users(editor, pad->outputs[0], is_image_of_sequence)) return {};
  return Padding{
      {0, 0, pad->attributes.integers("before")[2], pad->attributes.integers("after")[2]}, *pad->inputs[0], true};
}

/// The sequences as images, without the padding.
Result<ir::ValueId> images_of(GraphEditor& editor, const ir::Node& conv, ir::ValueId sequences) {
  const ir::Node image = *editor.producer(*conv.inputs[0], "reshape");  // a copy: insert moves the nodes
  const ir::Shape& shape = editor.shape(sequences);
  ir::Attributes attributes = image.attributes;
  attributes.set("shape", Integers{shape[0], shape[1], 1, shape[2]});
  return editor.insert(image.name, "reshape", {sequences}, std::move(attributes), image.source);
}

}  // namespace

Status fuse_pad(ir::Graph& graph) {
  return rewrite_until_stable(graph, [](GraphEditor& editor, ir::NodeId id) -> Status {
    if (editor.node(id).op != "conv2d") return {};
    std::optional<Padding> fused = padding_of_images(editor, editor.node(id));
    if (!fused) fused = padding_of_sequences(editor, editor.node(id));
    if (!fused) return {};
    Integers padding = editor.node(id).attributes.integers("padding");
    for (std::size_t side = 0; side < padding.size(); ++side) padding[side] += fused->amounts[side];
    if (*std::max_element(padding.begin(), padding.end()) > ops::max_attribute_size) return {};
    if (fused->is_sequence) {
      PUDU_TRY_ASSIGN(fused->input, images_of(editor, editor.node(id), fused->input));
    }
    editor.set_attribute(id, "padding", std::move(padding));
    editor.set_input(id, 0, fused->input);
    return {};
  });
}

}  // namespace pudu::passes
