// Runs the float network itself on the host: what the compiled model is measured against.
#pragma once

#include "base/progress.hpp"
#include "driver/run.hpp"
#include "ir/graph.hpp"

namespace pudu::driver {

/// Samples of the graph's inputs.
Result<SampleStream> open_float_samples(const ir::Graph& graph, const std::vector<std::filesystem::path>& files);

/// Runs every sample through the float references of the graph's operators: on all cores, but as one sequence when the
/// graph has states that are kept.
Result<RunOutcome> run_float(const ir::Graph& graph, const SampleStream& samples, base::ProgressListener& progress,
                             SampleStates between);
Result<RunOutcome> run_float(const ir::Graph& graph, const Samples& samples, base::ProgressListener& progress,
                             SampleStates between);

}  // namespace pudu::driver
