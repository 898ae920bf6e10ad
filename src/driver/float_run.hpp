// Runs the float network itself on the host: what the compiled model is measured against.
#pragma once

#include "base/progress.hpp"
#include "driver/run.hpp"
#include "ir/graph.hpp"

namespace pudu::driver {

/// Samples of the graph's inputs.
Result<Samples> load_float_samples(const ir::Graph& graph, const std::vector<std::filesystem::path>& files);

/// Runs every sample through the float references of the graph's operators, as one sequence when states are kept.
Result<RunOutcome> run_float(const ir::Graph& graph, const Samples& samples, base::ProgressListener& progress,
                             SampleStates between);

}  // namespace pudu::driver
