// The device keeps images with channels innermost (NHWC), PyTorch flattens them channel by channel. Without this pass
// the lowering transposes the image in front of every first linear layer. Elementwise functions between the reshape and
// the linear layers do not mind. Limits: all users must be linear layers; images that the device keeps contiguous
// (graph inputs, reshaped vectors) stay as they are.
#include "passes/permute_linear_weights.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

constexpr std::size_t weight_index = 1;

/// Does the lowering keep the image with channels innermost? Convolution and pooling make it so, and what takes its
/// input in any order passes it on.
bool is_kept_channels_last(const GraphEditor& editor, ir::ValueId image) {
  while (true) {
    const ir::Node* node = editor.producer(image);
    if (node == nullptr) return editor.value(image).type.layout == ir::Layout::ChannelsLast;
    static const std::vector<std::string_view> nhwc_only = {"conv2d", "avg_pool2d", "adaptive_avg_pool2d",
                                                            "max_pool2d"};
    if (std::find(nhwc_only.begin(), nhwc_only.end(), node->op) != nhwc_only.end()) return true;
    static const std::vector<std::string_view> any_order = {"unary", "add", "mul", "pad", "concat", "slice"};
    if (std::find(any_order.begin(), any_order.end(), node->op) == any_order.end()) return false;
    image = *node->inputs[0];
    if (editor.shape(image).size() != 4) return false;
  }
}

/// Appends the linear layers that read `value`, through elementwise functions; false if anything else reads it.
bool collect_linears(const GraphEditor& editor, ir::ValueId value, std::vector<ir::NodeId>& linears) {
  std::vector<ir::ValueId> pending = {value};
  while (!pending.empty()) {
    const ir::ValueId next = pending.back();
    pending.pop_back();
    if (editor.is_graph_output(next)) return false;
    for (const ir::NodeId user : editor.users(next)) {
      const ir::Node& node = editor.node(user);
      if (node.op == "unary") {
        pending.push_back(node.outputs[0]);
      } else if (node.op == "linear" && node.inputs[0] == next &&
                 editor.value(*node.inputs[weight_index]).is_constant()) {
        linears.push_back(user);
      } else {
        return false;
      }
    }
  }
  return !linears.empty();
}

template <class T>
std::vector<T> with_permuted_columns(std::span<const T> old, std::size_t columns, std::size_t channels) {
  const std::size_t pixels = columns / channels;
  std::vector<T> permuted(old.size());
  for (std::size_t row = 0; row < old.size(); row += columns) {
    for (std::size_t channel = 0; channel < channels; ++channel) {
      for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
        permuted[row + pixel * channels + channel] = old[row + channel * pixels + pixel];
      }
    }
  }
  return permuted;
}

/// Columns from the order C, H * W to the order H * W, C. Scales are those of rows.
void permute_columns(GraphEditor& editor, ir::NodeId linear, std::size_t channels) {
  const ir::Value weight = editor.value(*editor.node(linear).inputs[weight_index]);
  const auto columns = static_cast<std::size_t>(weight.type.shape[1]);
  if (weight.type.dtype == ir::DType::Int8) {
    const std::span<const std::byte> old = *weight.constant;
    std::vector<std::byte> codes = with_permuted_columns(old, columns, channels);
    const ir::ValueId permuted = editor.add_constant(weight.name, weight.type, std::move(codes), *weight.quant);
    editor.set_input(linear, weight_index, permuted);
    return;
  }
  editor.set_constant(linear, weight_index, "", weight.type.shape,
                      with_permuted_columns(weight.data<float>(), columns, channels));
  if (weight.quant) {
    editor.set_quantization(*editor.node(linear).inputs[weight_index], ir::DType::Float32, *weight.quant);
  }
}

}  // namespace

Status permute_linear_weights(ir::Graph& graph) {
  return rewrite_until_stable(graph, [](GraphEditor& editor, ir::NodeId id) -> Status {
    const ir::Node& node = editor.node(id);
    if (node.op != "reshape") return {};
    const ir::ValueId image = *node.inputs[0];
    const ir::Shape shape = editor.shape(image);
    if (shape.size() != 4 || shape[1] == 1 || shape[2] * shape[3] == 1) return {};
    if (editor.shape(node.outputs[0]) != ir::Shape{shape[0], shape[1] * shape[2] * shape[3]}) return {};
    std::vector<ir::NodeId> linears;
    if (!is_kept_channels_last(editor, image) || !collect_linears(editor, node.outputs[0], linears)) return {};
    ir::Attributes attributes;
    attributes.set("dims", std::vector<std::int64_t>{0, 2, 3, 1});
    const std::string name = node.name + ".channels_last";
    PUDU_TRY_ASSIGN(const ir::ValueId permuted, editor.insert(name, "permute", {image}, attributes, node.source));
    if (const ir::Value& codes = editor.value(image); codes.quant) {
      editor.set_quantization(permuted, codes.type.dtype, *codes.quant);
    }
    editor.set_input(id, 0, permuted);
    for (const ir::NodeId linear : linears) permute_columns(editor, linear, static_cast<std::size_t>(shape[1]));
    return {};
  });
}

}  // namespace pudu::passes
