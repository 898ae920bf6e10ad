// The pipeline from a reader's graph to the one that the quantizer and the lowering expect.
#pragma once

#include <functional>
#include <span>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "passes/pass_manager.hpp"

namespace pudu::passes {

/// Every canonicalization pass, in the order in which they run; a rewriting that runs twice has two names.
std::span<const Pass> canonicalization_pipeline();

/// The passes for a graph that is quantized when it is read: they move data in fewer steps and change no number.
std::span<const Pass> quantized_pipeline();

/// The passes behind adopt_quantization (adopt_quantization.hpp), which change no number either.
std::span<const Pass> adopted_pipeline();

/// Sees the graph after each pass, verified.
using PassObserver = std::function<void(const Pass& pass, const ir::Graph& graph)>;

/// Runs the pipeline on a graph that ops::verify accepts. Errors name the pass and the node: InvalidInput for
/// parameters that cannot be computed with (a batch norm of negative variance), Internal for a graph that a pass leaves
/// in disorder.
Status canonicalize(ir::Graph& graph, const PassObserver& observer = {});

}  // namespace pudu::passes
