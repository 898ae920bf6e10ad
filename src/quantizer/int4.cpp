#include "quantizer/int4.hpp"

#include <algorithm>

#include "kernels/pointwise_s4/pointwise_s4.hpp"
#include "ops/registry.hpp"

namespace pudu::quantizer {
namespace {

constexpr std::size_t weight_input = 1;

std::string sizes_text(const ir::Shape& shape) {
  return "weights of shape " + ir::to_string(shape);
}

}  // namespace

std::string why_not_int4(const ir::Graph& graph, const ir::Node& node) {
  if (node.op != "linear" && node.op != "conv2d") return "is a " + node.op + " node";
  const ir::Value& weight = graph.value(*node.inputs[weight_input]);
  if (!weight.is_constant()) return "has weights that the model computes";
  const ir::Shape& shape = weight.type.shape;
  if (shape.size() > 1 && shape[1] > kernels::PointwiseS4::most_input_channels) return "has " + sizes_text(shape);
  if (node.op == "linear") return {};
  const auto& padding = node.attributes.integers("padding");
  const bool is_padded = std::any_of(padding.begin(), padding.end(), [](std::int64_t pad) { return pad != 0; });
  if (shape.size() != 4 || shape[2] != 1 || shape[3] != 1) return "has " + sizes_text(shape);
  if (node.attributes.integer("groups") != 1) return "has groups";
  return is_padded ? "has padding" : "";
}

Result<std::vector<bool>> find_int4_layers(const ir::Graph& graph,
                                           const std::optional<std::vector<std::string>>& names) {
  std::vector<bool> chosen(graph.nodes().size(), false);
  if (!names) return chosen;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    chosen[i] = names->empty() && why_not_int4(graph, graph.nodes()[i]).empty();
  for (const std::string& name : *names) {
    bool found = false;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const ir::Node& node = graph.nodes()[i];
      if (node.op == name) {
        found = true;
        chosen[i] = chosen[i] || why_not_int4(graph, node).empty();
      } else if (node.name == name) {
        found = true;
        if (const std::string reason = why_not_int4(graph, node); !reason.empty()) {
          return unsupported({.where = "--weights",
                              .found = "'" + name + "' " + reason,
                              .allowed = "linear layers and 1x1 convolutions without groups and padding"});
        }
        chosen[i] = true;
      }
    }
    if (found) continue;
    return usage_error({.where = "--weights",
                        .found = "no layer '" + name + "'",
                        .allowed = "names of layers, or linear or conv2d for all that can",
                        .hint = "pudu inspect MODEL lists them"});
  }
  return chosen;
}

std::int32_t largest_code_of(std::span<const std::int8_t> codes) {
  const bool fits = std::all_of(codes.begin(), codes.end(), [](std::int8_t code) {
    return -largest_int4_code <= code && code <= largest_int4_code;
  });
  return fits ? largest_int4_code : largest_int8_code;
}

}  // namespace pudu::quantizer
