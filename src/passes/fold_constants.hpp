#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Computes nodes whose inputs are all float constants, with the float reference of their operator. A result of more
/// than 4 Mi elements, or one that takes more than 2^30 multiplications, is left to the device.
Status fold_constants(ir::Graph& graph);

}  // namespace pudu::passes
