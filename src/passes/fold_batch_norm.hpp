#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Folds every batch norm into the conv2d or linear in front of it, when nothing else reads that one. Any other becomes
/// a depthwise 1 x 1 conv2d (images) or a multiplication and an addition (other ranks): the device has no batch norm.
Status fold_batch_norm(ir::Graph& graph);

}  // namespace pudu::passes
