// In the order of execution, as a run-time allocator would: first fit. Of those that begin together the largest first.
#include <tuple>

#include "planner/placement.hpp"
#include "planner/strategies/orders.hpp"
#include "planner/strategies/strategies.hpp"

namespace pudu::planner {

std::vector<std::size_t> order_by_begin(const PlanProblem& problem) {
  return order_by_key(problem, [](const PlanBuffer& buffer) { return std::tuple(buffer.begin_step, ~buffer.bytes); });
}

std::vector<std::size_t> place_by_begin(const Placer& placer) {
  return placer.place(order_by_begin(placer.problem()), Fit::Lowest);
}

}  // namespace pudu::planner
