// The planner's answer, and the function that finds it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "planner/problem.hpp"

namespace pudu::planner {

struct MemoryPlan {
  std::vector<std::size_t> offsets;   ///< of each buffer, in the problem's order
  std::size_t arena_bytes = 0;        ///< end of the last buffer's footprint
  std::size_t lower_bound_bytes = 0;  ///< liveness_lower_bound(): arena_bytes is optimal when it equals this
  std::string strategy;               ///< which strategy found it
};

/// The best plan of all strategies (strategies/strategies.hpp); of equals the first. Same problem, same plan, on every
/// machine.
MemoryPlan plan_memory(const PlanProblem& problem);

/// The end of the last footprint when the buffers lie at `offsets`.
std::size_t arena_bytes_of(const PlanProblem& problem, const std::vector<std::size_t>& offsets);

}  // namespace pudu::planner
