#include "lowering/lowering.hpp"

#include "lowering/builder.hpp"
#include "ops/registry.hpp"

namespace pudu::lowering {

Result<program::Program> lower(const ir::Graph& graph, const targets::TargetConfig& target) {
  ProgramBuilder builder(graph, target);
  for (const ir::Node& node : graph.nodes()) {
    builder.begin_node(node);
    if (Status status = ops::operator_of(node).lower(builder); !status) return std::move(status).error().at(node.name);
  }
  PUDU_TRY(builder.finish_outputs());
  program::Program program = std::move(builder).take();
  PUDU_TRY(program::verify(program));
  return program;
}

}  // namespace pudu::lowering
