#include "driver/input_layout.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "ops/lower_context.hpp"

namespace pudu::driver {
namespace {

/// The readers of every value, in the order of the nodes.
std::vector<const ir::Node*> readers(const ir::Graph& graph, ir::ValueId value) {
  std::vector<const ir::Node*> nodes;
  for (const ir::Node& node : graph.nodes()) {
    if (std::find(node.inputs.begin(), node.inputs.end(), value) != node.inputs.end()) nodes.push_back(&node);
  }
  return nodes;
}

bool reads_images(const ir::Node& node) {
  return node.op == "conv2d" || node.op.ends_with("pool2d");
}

/// Does a convolution or a pool read [N, C, L] as the images [N, C, 1, L], perhaps behind padding and functions?
bool is_channels_first(const ir::Graph& graph, ir::ValueId sequence) {
  const ir::Shape& shape = graph.value(sequence).type.shape;
  for (const ir::Node* node : readers(graph, sequence)) {
    const ir::ValueId result = node->outputs[0];
    if (node->op == "unary" || node->op == "pad" || node->op == "batch_norm") {
      if (is_channels_first(graph, result)) return true;
      continue;
    }
    if (node->op != "reshape" || graph.value(result).type.shape != ir::Shape{shape[0], shape[1], 1, shape[2]}) continue;
    const std::vector<const ir::Node*> users = readers(graph, result);
    if (std::any_of(users.begin(), users.end(), [](const ir::Node* user) { return reads_images(*user); })) return true;
  }
  return false;
}

bool has_channels(const ir::Graph& graph, const ir::Value& input) {
  const std::size_t rank = input.type.shape.size();
  return rank == 4 || (rank == 3 && is_channels_first(graph, input.id));
}

}  // namespace

void set_input_layout(ir::Graph& graph, InputLayout layout) {
  if (layout == InputLayout::AsExported) return;
  for (const ir::ValueId input : graph.inputs) {
    if (!has_channels(graph, graph.value(input))) continue;
    graph.value(input).type.layout = layout == InputLayout::Nhwc ? ir::Layout::ChannelsLast : ir::Layout::Contiguous;
  }
}

ir::Shape caller_shape(const ir::Value& input) {
  const ir::Shape& shape = input.type.shape;
  if (input.type.layout != ir::Layout::ChannelsLast) return shape;
  return ops::physical_shape(shape, ops::channels_last_order(shape.size()));
}

ops::Tensor to_input_tensor(const base::Array& array, const ir::Shape& shape, ir::Layout layout) {
  std::vector<float> source = base::to_float32(array);
  if (layout != ir::Layout::ChannelsLast || source.empty()) return {shape, std::move(source)};
  std::vector<float> target(source.size());
  const auto channels = static_cast<std::size_t>(shape[1]);
  const std::size_t pixels = source.size() / static_cast<std::size_t>(shape[0]) / channels;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const std::size_t image = i / (channels * pixels), pixel = i / channels % pixels, channel = i % channels;
    target[(image * channels + channel) * pixels + pixel] = source[i];
  }
  return {shape, std::move(target)};
}

}  // namespace pudu::driver
