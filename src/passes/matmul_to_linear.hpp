#pragma once

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::passes {

/// matmul with a constant matrix -> linear:
/// - a [..., K] x constant [K, N] (or [1, ..., K, N], or [K]): linear with the transposed constant as weight,
/// - constant [M, K] (or [1, ..., M, K]) x b [..., K, N]: linear over the transposed b, transposed back.
/// A constant that differs over the batch stays a matmul, which the device does not have.
Status matmul_to_linear(ir::Graph& graph);

}  // namespace pudu::passes
