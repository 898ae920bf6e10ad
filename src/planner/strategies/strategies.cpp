#include "planner/strategies/strategies.hpp"

#include <array>

namespace pudu::planner {
namespace {

constexpr std::array strategy_table = {
    Strategy{"greedy_by_size", place_by_size}, Strategy{"greedy_by_breadth", place_by_breadth},
    Strategy{"greedy_by_area", place_by_area}, Strategy{"greedy_by_begin", place_by_begin},
    Strategy{"order_search", place_by_search},
};

constexpr std::size_t greedy_count = 4;

}  // namespace

std::span<const Strategy> all_strategies() {
  return strategy_table;
}

std::span<const Strategy> greedy_strategies() {
  return all_strategies().first(greedy_count);
}

std::span<const Strategy> search_strategies() {
  return all_strategies().subspan(greedy_count);
}

}  // namespace pudu::planner
