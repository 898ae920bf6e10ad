#include "lowering/lowering.hpp"

#include "base/own_check.hpp"
#include "lowering/builder.hpp"
#include "lowering/update_states.hpp"
#include "ops/registry.hpp"

namespace pudu::lowering {

namespace {

/// Stands for the results of a node that cannot be lowered, so that the nodes behind it can be looked at, too.
void place_unlowered_results(ProgramBuilder& builder, const ir::Graph& graph, const ir::Node& node) {
  for (std::size_t i = 0; i < node.outputs.size(); ++i) {
    builder.output(i, ops::contiguous_order(graph.value(node.outputs[i]).type.shape.size()));
  }
}

Status lower_nodes(const ir::Graph& graph, ProgramBuilder& builder) {
  Error unsupported_nodes{ErrorKind::Unsupported, {}};
  for (const ir::Node& node : graph.nodes()) {
    builder.begin_node(node);
    Status status = ops::operator_of(node).lower(builder);
    if (status) continue;
    Error error = std::move(status).error().at(node.name);
    if (error.kind != ErrorKind::Unsupported) return error;
    for (Diagnostic& diagnostic : error.diagnostics) {
      if (diagnostic.hint.empty() && !node.source.empty()) diagnostic.hint = "at " + node.source;
      unsupported_nodes.diagnostics.push_back(std::move(diagnostic));
    }
    place_unlowered_results(builder, graph, node);
  }
  if (!unsupported_nodes.diagnostics.empty()) return unsupported_nodes;
  return {};
}

/// States lie as the values do that they become, which is known only when all nodes are lowered: a second lowering
/// where it matters.
Result<ProgramBuilder::StateOrders> state_orders(const ir::Graph& graph, const targets::TargetConfig& target) {
  if (graph.states.empty()) return ProgramBuilder::StateOrders{};
  ProgramBuilder builder(graph, target, {});
  PUDU_TRY(lower_nodes(graph, builder));
  return builder.orders_of_kept_values();
}

}  // namespace

Result<program::Program> lower(const ir::Graph& graph, const targets::TargetConfig& target, ValuePlaces* places) {
  PUDU_TRY_ASSIGN(const ProgramBuilder::StateOrders orders, state_orders(graph, target));
  ProgramBuilder builder(graph, target, orders);
  PUDU_TRY(lower_nodes(graph, builder));
  PUDU_TRY(builder.finish_outputs());
  builder.finish_states();
  if (places != nullptr) *places = builder.places();
  program::Program program = std::move(builder).take();
  update_states_in_place(program);
  PUDU_TRY(base::as_own_check(program::verify(program)));
  return program;
}

}  // namespace pudu::lowering
