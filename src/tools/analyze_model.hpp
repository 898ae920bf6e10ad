// What `pudu analyze` finds out about a network, apart from printing it.
#pragma once

#include <string>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "driver/compile.hpp"
#include "driver/memory_log.hpp"
#include "emitters/report/report.hpp"

namespace pudu::tools {

struct Analysis {
  emitters::Report report;
  driver::MemoryLog in_arena;                         ///< with scratch planned among the activations
  driver::MemoryLog in_pool;                          ///< with scratch in memory of its own, to compare with
  schedule::Reordering reordering;                    ///< what another order of the calls has won
  std::vector<partial::ChannelSplit> channel_splits;  ///< layers that run part of their channels at a time
  Status fits;                                        ///< LimitExceeded when the options' RAM or flash are too small
};

/// Compiles without looking at the limits, which are told in Analysis::fits. Errors are those of driver::compile.
Result<Analysis> analyze_model(driver::CompileOptions options, base::ProgressListener& progress);

/// report.json with the field `memory`.
std::string analysis_json(const Analysis& analysis);

}  // namespace pudu::tools
