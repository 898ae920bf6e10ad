// Exporters write global average pooling in three ways; from here on it is one, for which there is a kernel.
#include "passes/simplify_pooling.hpp"

#include <algorithm>
#include <vector>

#include "ops/op_definition.hpp"
#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

using Integers = std::vector<std::int64_t>;

/// The averaged dimensions, counted from the front, ascending. No dims = all.
Result<Integers> averaged_dims(const ir::Node& mean, std::size_t rank) {
  Integers dims;
  for (const std::int64_t dim : mean.attributes.integers("dims")) {
    PUDU_TRY_ASSIGN(const std::int64_t axis, ops::normalize_axis(dim, rank));
    dims.push_back(axis);
  }
  if (dims.empty()) {
    for (std::size_t axis = 0; axis < rank; ++axis) dims.push_back(static_cast<std::int64_t>(axis));
  }
  std::sort(dims.begin(), dims.end());
  return dims;
}

ir::Attributes one_list(std::string_view name, Integers values) {
  ir::Attributes attributes;
  attributes.set(std::string(name), std::move(values));
  return attributes;
}

/// Does the value leave the model, as it is or in another shape?
bool is_returned(const GraphEditor& editor, ir::ValueId value) {
  const auto users = editor.users(value);
  return editor.is_graph_output(value) || std::any_of(users.begin(), users.end(), [&](ir::NodeId user) {
           return editor.node(user).op == "reshape" && is_returned(editor, editor.node(user).outputs[0]);
         });
}

Status rewrite_mean(GraphEditor& editor, ir::NodeId id) {
  const ir::Node node = editor.node(id);
  const ir::ValueId input = *node.inputs[0];
  const ir::Shape shape = editor.shape(input);
  const ir::Shape result_shape = editor.shape(node.outputs[0]);
  PUDU_TRY_ASSIGN(const Integers dims, averaged_dims(node, shape.size()));
  const bool averages_nothing = std::all_of(
      dims.begin(), dims.end(), [&](std::int64_t dim) { return shape[static_cast<std::size_t>(dim)] == 1; });
  if (averages_nothing) return editor.replace(id, "reshape", {input}, one_list("shape", result_shape));
  if (shape.size() != 4 || dims != Integers{2, 3} || is_returned(editor, node.outputs[0])) return {};
  const ir::Attributes to_one_pixel = one_list("output_size", {1, 1});
  if (result_shape.size() == 4) return editor.replace(id, "adaptive_avg_pool2d", {input}, to_one_pixel);
  PUDU_TRY_ASSIGN(const ir::ValueId pooled,
                  editor.insert(node.name + ".pool", "adaptive_avg_pool2d", {input}, to_one_pixel, node.source));
  return editor.replace(id, "reshape", {pooled}, one_list("shape", result_shape));
}

Status rewrite_adaptive(GraphEditor& editor, ir::NodeId id) {
  const ir::Node& node = editor.node(id);
  const ir::ValueId input = *node.inputs[0];
  const ir::Shape& shape = editor.shape(input);
  const Integers& size = node.attributes.integers("output_size");
  if (shape[2] % size[0] != 0 || shape[3] % size[1] != 0) return {};
  const Integers window = {shape[2] / size[0], shape[3] / size[1]};
  ir::Attributes attributes = one_list("kernel", window);
  attributes.set("stride", window);
  return editor.replace(id, "avg_pool2d", {input}, attributes);
}

/// Every window is one element, divided by 1.
bool pools_nothing(const ir::Node& node) {
  const ir::Attributes& attributes = node.attributes;
  return attributes.integers("kernel") == Integers{1, 1} && attributes.integers("stride") == Integers{1, 1} &&
         attributes.integers("padding") == Integers{0, 0, 0, 0} &&
         (node.op == "max_pool2d" || attributes.integer("divisor_override") <= 1);
}

}  // namespace

Status simplify_pooling(ir::Graph& graph) {
  return rewrite_until_stable(graph, [](GraphEditor& editor, ir::NodeId id) -> Status {
    const ir::Node& node = editor.node(id);
    if (node.op == "mean") return rewrite_mean(editor, id);
    if (node.op == "adaptive_avg_pool2d") return rewrite_adaptive(editor, id);
    if ((node.op == "avg_pool2d" || node.op == "max_pool2d") && pools_nothing(node)) editor.drop(id, *node.inputs[0]);
    return {};
  });
}

}  // namespace pudu::passes
