// What planning by rows has done, in units that are the same on every machine: planning that becomes slower shows
// without a clock. docs/memory.md says what the units take.
#pragma once

#include <cstdint>

namespace pudu::schedule {

struct PlanningWork {
  std::int64_t traced_steps = 0;   ///< of the regions that were looked at
  std::int64_t packed_arenas = 0;  ///< of cuts that were tried, and of whole layers
  std::int64_t packing_work = 0;   ///< MemoryPlan::work of those

  PlanningWork& operator+=(const PlanningWork& other) {
    traced_steps += other.traced_steps;
    packed_arenas += other.packed_arenas;
    packing_work += other.packing_work;
    return *this;
  }
};

}  // namespace pudu::schedule
