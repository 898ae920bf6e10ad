// Steps by the sum of the bytes alive at them, largest first; the buffers of a step largest first, each into the
// tightest gap (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020, algorithm 2).
#include <map>
#include <tuple>

#include "planner/placement.hpp"
#include "planner/strategies/orders.hpp"
#include "planner/strategies/strategies.hpp"

namespace pudu::planner {
namespace {

/// Bytes alive between the steps at which lifetimes begin; the sum only grows there.
std::map<int, std::size_t> breadths_at_begins(const PlanProblem& problem) {
  std::map<int, std::size_t> breadths;
  for (const PlanBuffer& buffer : problem.buffers) breadths.emplace(buffer.begin_step, 0);
  for (const PlanBuffer& buffer : problem.buffers) {
    const auto end = breadths.lower_bound(buffer.end_step);
    for (auto at = breadths.find(buffer.begin_step); at != end && at->first < buffer.end_step; ++at) {
      at->second += buffer.bytes;
    }
  }
  return breadths;
}

}  // namespace

std::vector<std::size_t> order_by_breadth(const PlanProblem& problem) {
  const std::map<int, std::size_t> breadths = breadths_at_begins(problem);
  return order_by_key(problem, [&](const PlanBuffer& buffer) {
    // A buffer is placed with the broadest step that it is alive at.
    std::size_t broadest = 0;
    int broadest_step = buffer.begin_step;
    for (auto at = breadths.find(buffer.begin_step); at != breadths.end() && at->first < buffer.end_step; ++at) {
      if (at->second <= broadest) continue;
      broadest = at->second;
      broadest_step = at->first;
    }
    return std::tuple(~broadest, broadest_step, ~buffer.bytes);
  });
}

std::vector<std::size_t> place_by_breadth(const Placer& placer) {
  return placer.place(order_by_breadth(placer.problem()), Fit::Tightest);
}

}  // namespace pudu::planner
