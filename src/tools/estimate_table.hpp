// Estimates of a network on several targets, from options to text.
#pragma once

#include <string>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "driver/estimate.hpp"
#include "tools/model_options.hpp"

namespace pudu::tools {

/// Each target as --target takes it. Unsupported for one that is not known; Usage where there is none; errors of
/// driver::estimate.
Result<std::vector<driver::TargetEstimate>> estimate_model(const ModelOptions& options,
                                                           const std::vector<std::string>& targets,
                                                           base::ProgressListener& progress);

/// A line for each target; with layers, a line for each of those, too.
std::string estimates_table(const std::vector<driver::TargetEstimate>& estimates, bool with_layers);

/// A list of {"target", "isa", "ram_bytes", "arena_bytes", "streamed", "state_bytes", "flash_bytes", "constants_bytes",
/// "code_bytes", "macs", "instructions", "cycles", "guessed_layers", "seconds", "layers"}.
std::string estimates_json(const std::vector<driver::TargetEstimate>& estimates);

}  // namespace pudu::tools
