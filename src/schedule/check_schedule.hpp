// An independent check of a schedule and its plan: runs the steps on an arena in which every byte carries the name of
// the row that was last written there. Shares no code with the search and the live extents.
#pragma once

#include "base/result.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::schedule {

/// Is every row that a step reads there, current and untouched, does every step write within the arena and not over
/// what it reads (but for results that share the place of an input), and are all outputs complete at the end? Internal
/// if not, naming the first fault. A map without a schedule is one of whole calls.
/// A schedule that leaves out calls, because their results are there without them, is not looked at: StorageRun does.
Status check_schedule(const program::Program& program, const program::MemoryMap& map);

}  // namespace pudu::schedule
