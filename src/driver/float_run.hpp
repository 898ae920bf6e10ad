// Runs the float network itself on the host: what the compiled model is measured against.
#pragma once

#include "base/progress.hpp"
#include "driver/run.hpp"
#include "ir/graph.hpp"

namespace pudu::driver {

/// Reads a model file and runs every sample through the float references of its operators.
Result<RunOutcome> run_float(const std::filesystem::path& model, const std::vector<std::filesystem::path>& inputs,
                             base::ProgressListener& progress);

}  // namespace pudu::driver
