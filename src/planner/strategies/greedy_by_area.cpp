// Largest bytes times steps alive first: big and long-lived buffers are the hardest to fit in later. Each goes as low
// as it can.
#include "planner/placement.hpp"
#include "planner/strategies/orders.hpp"
#include "planner/strategies/strategies.hpp"

namespace pudu::planner {

std::vector<std::size_t> order_by_area(const PlanProblem& problem) {
  return order_by_key(problem, [](const PlanBuffer& buffer) {
    return -static_cast<double>(buffer.bytes) * (static_cast<double>(buffer.end_step) - buffer.begin_step);
  });
}

std::vector<std::size_t> place_by_area(const Placer& placer) {
  return placer.place(order_by_area(placer.problem()), Fit::Lowest);
}

}  // namespace pudu::planner
