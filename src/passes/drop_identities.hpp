#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Drops identity nodes: dropout at inference, detach, contiguous, clone, alias.
Status drop_identities(ir::Graph& graph);

}  // namespace pudu::passes
