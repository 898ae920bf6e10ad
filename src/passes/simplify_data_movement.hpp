#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Drops nodes that change nothing (reshape to the same shape, permute that moves nothing, full slice, concat of one,
/// zero padding, unary functions that are the identity) and merges reshape of reshape, permute of permute and equal
/// reshapes of one value.
Status simplify_data_movement(ir::Graph& graph);

}  // namespace pudu::passes
