// Divides a compiled model among the memories that the user has named: every buffer and every constant into one region,
// hot ones into the cheap ones (planner/region_plan.hpp). docs/memory.md describes the cost model.
#pragma once

#include <vector>

#include "base/result.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"
#include "targets/memory_regions.hpp"

namespace pudu::driver {

/// Estimated bytes between the core and a buffer in one inference, by BufferId.
struct Traffic {
  double read_bytes = 0;
  double written_bytes = 0;
};
std::vector<Traffic> estimate_traffic(const program::Program& program);

/// The plan of `memory` again, with the arena divided among the RAM of `regions` and the constants among their flash; a
/// kind that has no region is left as it is. A plan that streams by rows keeps its steps: windows and what shares
/// memory are divided as they are. LimitExceeded, naming a buffer, when something fits nowhere.
Result<program::MemoryMap> place_in_memories(const program::Program& program, const program::MemoryMap& memory,
                                             const std::vector<targets::MemoryRegion>& regions);

}  // namespace pudu::driver
