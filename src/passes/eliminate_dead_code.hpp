#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Drops nodes and constants that no graph output depends on. Graph inputs stay: they are the model's signature.
Status eliminate_dead_code(ir::Graph& graph);

}  // namespace pudu::passes
