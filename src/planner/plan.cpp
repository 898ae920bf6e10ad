#include "planner/plan.hpp"

#include <algorithm>

#include "planner/strategies/strategies.hpp"

namespace pudu::planner {

std::size_t arena_bytes_of(const PlanProblem& problem, const std::vector<std::size_t>& offsets) {
  const std::size_t grain = grain_bytes(problem);
  std::size_t end = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    // A buffer of no bytes takes none, wherever it lies.
    const std::size_t footprint = footprint_bytes(problem.buffers[i], grain);
    if (footprint > 0) end = std::max(end, offsets[i] + footprint);
  }
  return end;
}

MemoryPlan plan_memory(const PlanProblem& problem) {
  MemoryPlan best;
  best.lower_bound_bytes = liveness_lower_bound(problem);
  for (const Strategy& strategy : all_strategies()) {
    std::vector<std::size_t> offsets = strategy.place(problem);
    const std::size_t arena_bytes = arena_bytes_of(problem, offsets);
    if (!best.strategy.empty() && arena_bytes >= best.arena_bytes) continue;
    best.offsets = std::move(offsets);
    best.arena_bytes = arena_bytes;
    best.strategy = strategy.name;
    if (arena_bytes == best.lower_bound_bytes) break;
  }
  return best;
}

}  // namespace pudu::planner
