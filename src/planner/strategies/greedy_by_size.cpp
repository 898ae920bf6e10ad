// Largest buffers first, each into the tightest gap (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural
// Net Inference", 2020, algorithm 3). Of equal sizes the longer-lived first.
#include <tuple>

#include "planner/placement.hpp"
#include "planner/strategies/orders.hpp"
#include "planner/strategies/strategies.hpp"

namespace pudu::planner {

std::vector<std::size_t> order_by_size(const PlanProblem& problem) {
  return order_by_key(
      problem, [](const PlanBuffer& buffer) { return std::tuple(~buffer.bytes, buffer.begin_step - buffer.end_step); });
}

std::vector<std::size_t> place_by_size(const Placer& placer) {
  return placer.place(order_by_size(placer.problem()), Fit::Tightest);
}

}  // namespace pudu::planner
