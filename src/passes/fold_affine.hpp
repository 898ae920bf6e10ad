#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Folds scaling and shifting by constants into the conv2d or linear in front: unary scale_shift, and mul and add with
/// a constant that has one value per output channel (a bias written as an addition). Merges scale_shift of scale_shift.
Status fold_affine(ir::Graph& graph);

}  // namespace pudu::passes
