// The planner's answer, and the function that finds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "planner/problem.hpp"

namespace pudu::planner {

struct MemoryPlan {
  std::vector<std::size_t> offsets;  ///< of each buffer, in the problem's order
  std::size_t arena_bytes = 0;       ///< end of the last buffer's footprint
  /// No plan needs less: liveness_lower_bound(), or more where the search has proved more. A plan of that size is
  /// optimal; else the difference is what is not known.
  std::size_t lower_bound_bytes = 0;
  std::string strategy;  ///< which strategy found it
  /// Elementary steps of all that was tried: the same on every machine, a hundredth of a millionth of a second or less.
  std::int64_t work = 0;
};

/// How long the exact search may take by default: in seconds of an ordinary desktop computer.
inline constexpr double default_plan_seconds = 2;

/// Where planning may end early, for those who compare problems and keep one plan.
struct PlanGoal {
  std::size_t good_bytes = 0;  ///< a plan of so many bytes need not become smaller
  /// Plans of so many bytes or more are of no use: where none of fewer exists, any plan will do.
  std::size_t useless_bytes = std::numeric_limits<std::size_t>::max();
};

/// The best plan of the greedy strategies (strategies/strategies.hpp), of the exact search (exact/search.hpp) and of
/// the local search; of equals the first. Stops as soon as a plan is known to be optimal. `seconds` stand for an amount
/// of work (exact/budget.hpp): same problem, same seconds, same plan, on every machine.
MemoryPlan plan_memory(const PlanProblem& problem, double seconds = default_plan_seconds, const PlanGoal& goal = {});

/// The end of the last footprint when the buffers lie at `offsets`.
std::size_t arena_bytes_of(const PlanProblem& problem, const std::vector<std::size_t>& offsets);

}  // namespace pudu::planner
