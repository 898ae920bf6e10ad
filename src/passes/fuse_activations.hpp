#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// Makes clamps (relu, relu6, hardtanh) the activation bounds of the conv2d, linear, add or mul that they follow,
/// through max_pool2d, reshape and permute, when nothing else reads the values between. A clamp of a clamp becomes one,
/// and a hardsigmoid behind a conv2d or linear becomes weights and bounds.
Status fuse_activations(ir::Graph& graph);

}  // namespace pudu::passes
