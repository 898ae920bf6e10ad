// Constant folding: transposed or reshaped weights, positions and tables written out in the model. The limits keep a
// small file from asking for much time or memory.
#include "passes/fold_constants.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "ops/registry.hpp"
#include "ops/tensor.hpp"
#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

constexpr std::int64_t max_elements = std::int64_t{1} << 22;
constexpr std::int64_t max_macs = std::int64_t{1} << 30;

bool is_foldable(const GraphEditor& editor, const ir::Node& node) {
  const bool has_input = std::any_of(node.inputs.begin(), node.inputs.end(),
                                     [](const std::optional<ir::ValueId>& input) { return input.has_value(); });
  const bool all_constant =
      std::all_of(node.inputs.begin(), node.inputs.end(),
                  [&](const std::optional<ir::ValueId>& input) { return !input || !editor.floats(*input).empty(); });
  if (!has_input || !all_constant || node.outputs.size() != 1) return false;
  const ir::TensorType& result = editor.value(node.outputs[0]).type;
  if (result.dtype != ir::DType::Float32 || result.elements() > max_elements) return false;
  const auto macs = ops::operator_of(node).macs;
  return macs == nullptr || macs(editor.graph(), node) <= max_macs;
}

Result<ops::Tensor> evaluate(const GraphEditor& editor, const ir::Node& node) {
  std::vector<ops::Tensor> inputs;
  for (const std::optional<ir::ValueId>& input : node.inputs) {
    if (!input) {
      inputs.emplace_back();
      continue;
    }
    const ir::Value& constant = editor.value(*input);
    inputs.push_back(ops::Tensor::sharing(constant.constant, constant.type.shape));
  }
  std::vector<ops::Tensor> outputs;
  outputs.emplace_back(editor.shape(node.outputs[0]));
  PUDU_TRY(ops::operator_of(node).reference(node, inputs, outputs));
  return std::move(outputs[0]);
}

}  // namespace

Status fold_constants(ir::Graph& graph) {
  return rewrite_until_stable(graph, [](GraphEditor& editor, ir::NodeId id) -> Status {
    const ir::Node& node = editor.node(id);
    if (!is_foldable(editor, node)) return {};
    Result<ops::Tensor> result = evaluate(editor, node);
    if (!result) return std::move(result).error().at(node.name);
    editor.make_constant(id, result->data());
    return {};
  });
}

}  // namespace pudu::passes
