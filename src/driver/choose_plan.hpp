// Which memory plan a program for C++ gets: layer by layer, or by rows.
#pragma once

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "driver/compile.hpp"
#include "partial/split_channels.hpp"
#include "prepare/candidate_cache.hpp"
#include "prepare/prepare.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"
#include "schedule/planning_work.hpp"

namespace pudu::driver {

struct PlanChoice {
  program::MemoryMap map;
  /// Of the kernels, when others were prepared for the plan; none where it runs the dialect's.
  std::optional<std::vector<prepare::Choice>> choices = {};
  std::vector<partial::ChannelSplit> channel_splits = {};  ///< layers that run part of their channels at a time
  schedule::PlanningWork work = {};                        ///< of the search for plans by rows
};

/// Plans `program` as the options say:
/// - Layerwise: whole calls.
/// - Streamed: the fewest bytes; with a limit the fastest plan of at most as many. Whole calls if that needs no more.
/// - Auto: whole calls where they fit the limit or there is none, else as Streamed.
/// Streamed may also mean whole calls on part of the channels of wide layers (partial/split_channels.hpp), where that
/// fits the limit, or needs less than rows do; `program` and `dialect` are split then.
/// Pools over whole images may become two calls that work by rows; `dialect` is then what `program` was, if it was
/// empty. If it is not, it is the program before its kernels were prepared: a plan by rows chooses them together with
/// its regions, the fastest whose scratch fits. A plan that exceeds the limit is the smallest that was found.
/// Unsupported when inputs cannot arrive by rows.
Result<PlanChoice> choose_plan(program::Program& program, std::optional<program::Program>& dialect,
                               prepare::Optimize optimize, const PlanOptions& options);
/// Likewise; `kernels` are those that were found when `program` was prepared.
Result<PlanChoice> choose_plan(program::Program& program, std::optional<program::Program>& dialect,
                               prepare::Optimize optimize, const PlanOptions& options,
                               prepare::CandidateCache& kernels);

}  // namespace pudu::driver
