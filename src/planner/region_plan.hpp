// Buffers divided among several memories, each of its own size and its own cost of a byte read or written: hot buffers
// into the fast ones. Every memory then is an arena of its own (plan.hpp). Like the planner, it knows nothing of
// programs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "planner/plan.hpp"
#include "planner/problem.hpp"

namespace pudu::planner {

struct Region {
  std::string name;  ///< for messages only
  std::size_t bytes = 0;
  double read_cost = 1;  ///< of a byte
  double write_cost = 1;
};

/// A buffer with the traffic between it and the core, in bytes.
struct RegionBuffer {
  PlanBuffer buffer;
  double read_bytes = 0;
  double written_bytes = 0;
};

struct RegionProblem {
  std::vector<Region> regions;
  std::vector<RegionBuffer> buffers;
};

struct RegionPlan {
  std::vector<std::size_t> region_of;  ///< of each buffer, in the problem's order
  std::vector<MemoryPlan> plans;       ///< by region; of its buffers, in the problem's order
  double cost = 0;                     ///< sum over the buffers of traffic times cost
  bool is_optimal = false;             ///< no division whose regions the planner can pack costs less
};

/// What did not fit, when no division was found.
struct RegionFailure {
  std::size_t buffer = 0;
};

struct RegionResult {
  std::optional<RegionPlan> plan;
  RegionFailure failure;  ///< without a plan
};

/// Traffic of a buffer, times the cost of the region.
double cost_in(const RegionBuffer& buffer, const Region& region);

/// The cheapest division found: branch and bound to the end where there are few buffers, else greedy by traffic a byte,
/// then moves and swaps until none helps. Same problem, same plan.
RegionResult plan_regions(const RegionProblem& problem);

}  // namespace pudu::planner
