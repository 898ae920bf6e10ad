#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Flattened images go into linear layers in the order in which the device keeps them: a permute to [N, H, W, C] before
/// the reshape, which moves nothing in memory there, and the columns of the weights in that order instead of C, H, W.
Status permute_linear_weights(ir::Graph& graph);

}  // namespace pudu::passes
