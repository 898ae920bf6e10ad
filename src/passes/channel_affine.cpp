#include "passes/channel_affine.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace pudu::passes {
namespace {

constexpr std::size_t weight_index = 1;
constexpr std::size_t bias_index = 2;

bool has_bias(const ir::Node& layer) {
  return layer.inputs.size() > bias_index && layer.inputs[bias_index].has_value();
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

}  // namespace

bool has_fused_activation(const ir::Node& node) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return node.attributes.real("activation_min") != -infinity || node.attributes.real("activation_max") != infinity;
}

const ir::Node* affine_target(const GraphEditor& editor, ir::ValueId input) {
  const ir::Node* layer = editor.producer(input);
  if (layer == nullptr || (layer->op != "conv2d" && layer->op != "conv_transpose2d" && layer->op != "linear"))
    return nullptr;
  if (!editor.has_single_user(input) || has_fused_activation(*layer)) return nullptr;
  if (editor.floats(*layer->inputs[weight_index]).empty()) return nullptr;
  if (has_bias(*layer) && editor.floats(*layer->inputs[bias_index]).empty()) return nullptr;
  return layer;
}

std::size_t output_channels(const GraphEditor& editor, const ir::Node& layer) {
  return static_cast<std::size_t>(editor.shape(*layer.inputs[weight_index])[0]);
}

bool fold_into_layer(GraphEditor& editor, ir::NodeId layer, const ChannelAffine& affine) {
  const ir::Node& node = editor.node(layer);
  const std::size_t channels = affine.scale.size();
  const ir::Shape weight_shape = editor.shape(*node.inputs[weight_index]);
  const std::span<const float> old_weight = editor.floats(*node.inputs[weight_index]);
  std::vector<float> weight(old_weight.begin(), old_weight.end());
  std::vector<float> bias(channels, 0.0F);
  if (has_bias(node)) {
    const std::span<const float> old_bias = editor.floats(*node.inputs[bias_index]);
    std::copy(old_bias.begin(), old_bias.end(), bias.begin());
  }
  const std::size_t per_channel = weight.size() / channels;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const double scale = affine.scale[channel];
    const auto first = weight.begin() + static_cast<std::ptrdiff_t>(channel * per_channel);
    std::transform(first, first + static_cast<std::ptrdiff_t>(per_channel), first,
                   [scale](float element) { return static_cast<float>(scale * static_cast<double>(element)); });
    bias[channel] = static_cast<float>(scale * static_cast<double>(bias[channel]) + affine.shift[channel]);
  }
  if (!all_finite(weight) || !all_finite(bias)) return false;
  const bool scales = std::any_of(affine.scale.begin(), affine.scale.end(), [](double scale) { return scale != 1.0; });
  if (scales) editor.set_constant(layer, weight_index, node.name + ".weight", weight_shape, weight);
  editor.set_constant(layer, bias_index, node.name + ".bias", {static_cast<std::int64_t>(channels)}, bias);
  return true;
}

}  // namespace pudu::passes
