#include "passes/int8_ports.hpp"

#include <optional>
#include <string>
#include <vector>

#include "passes/graph_editor.hpp"

namespace pudu::passes {
namespace {

using ir::NodeId;
using ir::ValueId;

bool is_codes(const ir::Value& value) {
  return value.type.dtype == ir::DType::Int8 && value.quant.has_value();
}

Status make_int8_input(ir::Graph& graph, GraphEditor& editor, ValueId input) {
  if (graph.value(input).type.dtype != ir::DType::Float32 || editor.is_graph_output(input)) return {};
  std::optional<ir::QuantParams> params;
  for (const NodeId user : editor.users(input)) {
    const std::optional<ir::QuantParams>& each = editor.value(editor.node(user).outputs[0]).quant;
    if (editor.node(user).op != "quantize" || (params && params != each)) return {};
    params = each;
  }
  if (!params) return {};
  editor.set_quantization(input, ir::DType::Int8, *params);
  const auto users = editor.users(input);
  for (const NodeId user : std::vector<NodeId>(users.begin(), users.end())) editor.drop(user, input);
  return {};
}

/// Others that read the numbers get a dequantize node of their own.
Status make_int8_output(GraphEditor& editor, ValueId output) {
  const ir::Node* node = editor.producer(output, "dequantize");
  if (node == nullptr || !is_codes(editor.value(*node->inputs[0]))) return {};
  const NodeId dequantize = node->id;
  const ValueId codes = *node->inputs[0];
  const std::string name = node->name;
  const auto span = editor.users(output);
  const std::vector<NodeId> users(span.begin(), span.end());
  if (!users.empty()) {
    PUDU_TRY_ASSIGN(const ValueId numbers, editor.insert(name, "dequantize", {codes}, {}, {}));
    for (const NodeId user : users) {
      for (std::size_t i = 0; i < editor.node(user).inputs.size(); ++i) {
        if (editor.node(user).inputs[i] == output) editor.set_input(user, i, numbers);
      }
    }
  }
  if (editor.producer(codes) != nullptr && !editor.is_graph_output(codes)) {
    editor.set_quantization(output, ir::DType::Int8, *editor.value(codes).quant);
  }
  editor.drop(dequantize, codes);
  return {};
}

}  // namespace

Status make_int8_ports(ir::Graph& graph) {
  GraphEditor editor(graph);
  for (const ValueId input : graph.inputs) PUDU_TRY(make_int8_input(graph, editor, input));
  for (std::size_t port = 0; port < graph.outputs.size(); ++port) {
    PUDU_TRY(make_int8_output(editor, graph.outputs[port]));
  }
  editor.finish();
  return {};
}

}  // namespace pudu::passes
