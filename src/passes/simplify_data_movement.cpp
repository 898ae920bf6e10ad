// Exporters write squeeze, flatten, view and transpose chains that cancel out in whole or in part.
#include "passes/simplify_data_movement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "ops/op_definition.hpp"
#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

using Integers = std::vector<std::int64_t>;

/// dims of a permute, counted from the front.
Result<Integers> permutation_of(const ir::Node& permute) {
  Integers dims = permute.attributes.integers("dims");
  for (std::int64_t& dim : dims) {
    PUDU_TRY_ASSIGN(dim, ops::normalize_axis(dim, dims.size()));
  }
  return dims;
}

bool all_zero(const Integers& values) {
  return std::all_of(values.begin(), values.end(), [](std::int64_t value) { return value == 0; });
}

bool is_identity_function(const ir::Node& unary) {
  const std::string& function = unary.attributes.text("function");
  const std::vector<double>& params = unary.attributes.reals("params");
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return function == "identity" || (function == "clamp" && params[0] == -infinity && params[1] == infinity) ||
         (function == "scale_shift" && params[0] == 1.0 && params[1] == 0.0);
}

/// The result equals the first input, element by element and in shape.
Result<bool> changes_nothing(const GraphEditor& editor, const ir::Node& node) {
  if (node.op == "concat") return node.inputs.size() == 1;
  if (node.op == "unary") return is_identity_function(node);
  if (node.op == "pad")
    return all_zero(node.attributes.integers("before")) && all_zero(node.attributes.integers("after"));
  if (node.op == "permute") {
    PUDU_TRY_ASSIGN(const Integers dims, permutation_of(node));
    return std::is_sorted(dims.begin(), dims.end());
  }
  // A slice with as many elements as its input has them all: ranges lie within the input.
  return (node.op == "reshape" || node.op == "slice" || node.op == "expand") &&
         editor.shape(node.outputs[0]) == editor.shape(*node.inputs[0]);
}

Status merge_permutes(GraphEditor& editor, ir::NodeId id) {
  const ir::Node& outer = editor.node(id);
  const ir::Node* inner = editor.producer(*outer.inputs[0], "permute");
  if (inner == nullptr) return {};
  PUDU_TRY_ASSIGN(Integers dims, permutation_of(outer));
  PUDU_TRY_ASSIGN(const Integers inner_dims, permutation_of(*inner));
  for (std::int64_t& dim : dims) dim = inner_dims[static_cast<std::size_t>(dim)];
  editor.set_attribute(id, "dims", std::move(dims));
  editor.set_input(id, 0, inner->inputs[0]);
  return {};
}

bool broadcasts(const ir::Node& node) {
  return node.op == "add" || node.op == "mul" || node.op == "minimum" || node.op == "maximum" || node.op == "where";
}

/// An operator that broadcasts repeats elements by itself, unless nothing else gives its result that shape.
Status drop_expansions(GraphEditor& editor, ir::NodeId id) {
  for (std::size_t index = 0; index < editor.node(id).inputs.size(); ++index) {
    const ir::Node* expand = editor.producer(*editor.node(id).inputs[index], "expand");
    if (expand == nullptr) continue;
    ir::Shape shape = editor.shape(*expand->inputs[0]);
    for (std::size_t other = 0; other < editor.node(id).inputs.size(); ++other) {
      if (other == index) continue;
      PUDU_TRY_ASSIGN(shape, ops::broadcast_shapes(shape, editor.shape(*editor.node(id).inputs[other])));
    }
    if (shape == editor.shape(editor.node(id).outputs[0])) editor.set_input(id, index, expand->inputs[0]);
  }
  return {};
}

/// What an earlier node has made already of the same value, in the same shape.
std::optional<ir::ValueId> same_reshape(const GraphEditor& editor, ir::NodeId id) {
  const ir::ValueId result = editor.node(id).outputs[0];
  if (editor.is_graph_output(result)) return std::nullopt;
  for (const ir::NodeId user : editor.users(*editor.node(id).inputs[0])) {
    if (editor.node(user).op != "reshape" || ir::index_of(user) >= ir::index_of(id)) continue;
    const ir::Value &wanted = editor.value(result), &made = editor.value(editor.node(user).outputs[0]);
    if (made.type.shape == wanted.type.shape && made.quant == wanted.quant) return made.id;
  }
  return std::nullopt;
}

}  // namespace

Status simplify_data_movement(ir::Graph& graph) {
  return rewrite_until_stable(graph, [](GraphEditor& editor, ir::NodeId id) -> Status {
    const ir::Node& node = editor.node(id);
    PUDU_TRY_ASSIGN(const bool is_void, changes_nothing(editor, node));
    // In a quantized graph an identity may be there to change the parameters.
    if (is_void && editor.value(node.outputs[0]).quant == editor.value(*node.inputs[0]).quant) {
      editor.drop(id, *node.inputs[0]);
      return {};
    }
    if (broadcasts(node)) return drop_expansions(editor, id);
    if (node.op == "permute") return merge_permutes(editor, id);
    if (node.op != "reshape") return {};
    if (const ir::Node* inner = editor.producer(*node.inputs[0], "reshape")) editor.set_input(id, 0, inner->inputs[0]);
    if (const std::optional<ir::ValueId> same = same_reshape(editor, id)) editor.drop(id, *same);
    return {};
  });
}

}  // namespace pudu::passes
