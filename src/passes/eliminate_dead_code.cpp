// Dead code: what a reader leaves of parameters that nothing uses, checks of shapes, results that are dropped.
#include "passes/eliminate_dead_code.hpp"

namespace pudu::passes {

Status eliminate_dead_code(ir::Graph& graph) {
  graph.remove_dead_code();
  return {};
}

}  // namespace pudu::passes
