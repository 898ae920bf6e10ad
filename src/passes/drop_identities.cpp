// Identities matter to training or to PyTorch memory only; the quantizer and the lowering never see one.
#include "passes/drop_identities.hpp"

#include "passes/graph_editor.hpp"

namespace pudu::passes {

Status drop_identities(ir::Graph& graph) {
  return rewrite_until_stable(graph, [](GraphEditor& editor, ir::NodeId id) -> Status {
    const ir::Node& node = editor.node(id);
    if (node.op == "identity") editor.drop(id, *node.inputs[0]);
    return {};
  });
}

}  // namespace pudu::passes
