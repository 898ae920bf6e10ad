// Times of a run on ExecuTorch's runtime as text and as JSON.
#pragma once

#include <string>

#include "driver/executorch_run.hpp"

namespace pudu::tools {

/// The time of an inference and, where the operators were profiled, a line for each; no newline at the end.
std::string profile_lines(const driver::ExecutorchOutcome& outcome);

/// ", \"milliseconds\": [...]" and, where the operators were profiled, ", \"operators\": [{...}, ...]".
std::string profile_json(const driver::ExecutorchOutcome& outcome);

}  // namespace pudu::tools
