// The planning strategies: one table, from which plan_memory(), the corpus test and the property tests derive. A new
// one is a file here and a line in strategies.cpp.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "planner/placement.hpp"
#include "planner/problem.hpp"

namespace pudu::planner {

/// Offsets of the problem's buffers. Deterministic; any problem whose lifetimes are not empty has a valid answer.
using PlaceFunction = std::vector<std::size_t> (*)(const Placer& placer);

struct Strategy {
  std::string_view name;
  PlaceFunction place;
};

/// In the order in which they are tried: cheap ones first.
std::span<const Strategy> all_strategies();
/// Its two parts: those that take no time, and those that search.
std::span<const Strategy> greedy_strategies();
std::span<const Strategy> search_strategies();

std::vector<std::size_t> place_by_size(const Placer& placer);
std::vector<std::size_t> place_by_breadth(const Placer& placer);
std::vector<std::size_t> place_by_area(const Placer& placer);
std::vector<std::size_t> place_by_begin(const Placer& placer);
std::vector<std::size_t> place_by_search(const Placer& placer);

/// The orders in which the greedy strategies place buffers; the search starts from each.
std::vector<std::size_t> order_by_size(const PlanProblem& problem);
std::vector<std::size_t> order_by_breadth(const PlanProblem& problem);
std::vector<std::size_t> order_by_area(const PlanProblem& problem);
std::vector<std::size_t> order_by_begin(const PlanProblem& problem);

}  // namespace pudu::planner
