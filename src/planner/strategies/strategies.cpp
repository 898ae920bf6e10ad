#include "planner/strategies/strategies.hpp"

#include <array>

namespace pudu::planner {
namespace {

constexpr std::array strategy_table = {
    Strategy{"greedy_by_size", place_by_size}, Strategy{"greedy_by_breadth", place_by_breadth},
    Strategy{"greedy_by_area", place_by_area}, Strategy{"greedy_by_begin", place_by_begin},
    Strategy{"order_search", place_by_search},
};

}  // namespace

std::span<const Strategy> all_strategies() {
  return strategy_table;
}

}  // namespace pudu::planner
