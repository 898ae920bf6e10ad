// Sorting of buffer indices, shared by the strategies.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "planner/problem.hpp"

namespace pudu::planner {

/// The indices of the buffers sorted by `key` of a buffer, smallest first; equals stay in the problem's order.
template <class Key>
std::vector<std::size_t> order_by_key(const PlanProblem& problem, Key key) {
  std::vector<std::size_t> order(problem.buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return key(problem.buffers[a]) < key(problem.buffers[b]); });
  return order;
}

}  // namespace pudu::planner
