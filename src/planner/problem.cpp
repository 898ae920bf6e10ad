#include "planner/problem.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace pudu::planner {

std::size_t grain_bytes(const PlanProblem& problem) {
  std::size_t grain = 0;
  for (const PlanBuffer& buffer : problem.buffers) grain = std::gcd(grain, buffer.alignment);
  return std::max<std::size_t>(grain, 1);
}

std::size_t footprint_bytes(const PlanBuffer& buffer, std::size_t grain) {
  return (buffer.bytes + grain - 1) / grain * grain;
}

std::size_t liveness_lower_bound(const PlanProblem& problem) {
  const std::size_t grain = grain_bytes(problem);
  // Changes of the sum at each step; unsigned wrap-around makes the additions of ends subtractions.
  std::map<int, std::size_t> changes;
  for (const PlanBuffer& buffer : problem.buffers) {
    if (buffer.begin_step >= buffer.end_step) continue;
    changes[buffer.begin_step] += footprint_bytes(buffer, grain);
    changes[buffer.end_step] -= footprint_bytes(buffer, grain);
  }
  std::size_t alive_bytes = 0;
  std::size_t bound = 0;
  for (const auto& [step, change] : changes) {
    alive_bytes += change;
    bound = std::max(bound, alive_bytes);
  }
  return bound;
}

}  // namespace pudu::planner
