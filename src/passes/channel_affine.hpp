// y[c] = scale[c] * x[c] + shift[c] behind a convolution or linear layer, folded into its weights and bias. What batch
// norm, scaling by constants and biases written as additions have in common.
#pragma once

#include <vector>

#include "ir/graph.hpp"
#include "passes/graph_editor.hpp"

namespace pudu::passes {

/// One entry per output channel of the layer.
struct ChannelAffine {
  std::vector<double> scale;
  std::vector<double> shift;
};

/// Are bounds of an activation fused into the node (a conv2d, linear, add or mul)?
bool has_fused_activation(const ir::Node& node);

/// The conv2d or linear that makes `input` and can take a ChannelAffine over from the only user of `input`, or null:
/// weights and bias are float constants, and no activation is fused.
const ir::Node* affine_target(const GraphEditor& editor, ir::ValueId input);

/// Output channels of a conv2d or linear.
std::size_t output_channels(const GraphEditor& editor, const ir::Node& layer);

/// Folds `affine` into `layer` (an affine_target): weight' = scale * weight, bias' = scale * bias + shift, computed in
/// double. Weights shared with other nodes are copied first. Nothing happens and the result is false when a new weight
/// would not be finite.
bool fold_into_layer(GraphEditor& editor, ir::NodeId layer, const ChannelAffine& affine);

}  // namespace pudu::passes
