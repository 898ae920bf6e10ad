// Local search over placement orders. Some order is an optimal plan (placement.hpp), and the greedy orders are near
// good ones: from each, small changes that do not make the arena larger are kept. What ends at the top of the arena is
// moved forward, so that it gets a lower place; or two random buffers change places. The numbers are pseudo-random from
// a fixed seed and the budget counts work, not time: the same plan on every machine.
#include <algorithm>
#include <random>

#include "planner/arrangement.hpp"
#include "planner/placement.hpp"
#include "planner/plan.hpp"
#include "planner/strategies/strategies.hpp"

namespace pudu::planner {
namespace {

constexpr std::size_t min_placements = 64;
constexpr std::size_t max_placements = 8000;
/// Visits of conflicting pairs, over all starts: tenths of a second.
constexpr std::size_t work_budget = 12'000'000;

class OrderSearch {
 public:
  explicit OrderSearch(const Placer& placer)
      : problem_(placer.problem()), placer_(placer), lower_bound_bytes_(placer.lower_bound_bytes()) {}

  std::vector<std::size_t> run() {
    const auto starts = {order_by_size(problem_), order_by_area(problem_), order_by_breadth(problem_),
                         order_by_begin(problem_)};
    const std::size_t cost = placer_.conflict_count() + problem_.buffers.size() + 1;
    const std::size_t placements = std::clamp(work_budget / cost, min_placements, max_placements) / starts.size();
    for (const std::vector<std::size_t>& start : starts) {
      climb(start, placements);
      if (best_bytes_ == lower_bound_bytes_) break;
    }
    return best_;
  }

 private:
  void climb(const std::vector<std::size_t>& start, std::size_t placements) {
    Arrangement arrangement(placer_, start);
    keep_best(arrangement);
    for (std::size_t i = 1; i < placements && best_bytes_ > lower_bound_bytes_; ++i) {
      if (change(arrangement)) keep_best(arrangement);
    }
  }

  void keep_best(const Arrangement& arrangement) {
    if (!best_.empty() && arrangement.arena_bytes() >= best_bytes_) return;
    best_ = arrangement.offsets();
    best_bytes_ = arrangement.arena_bytes();
  }

  bool change(Arrangement& arrangement) {
    const std::vector<std::size_t>& order = arrangement.order();
    if (order.size() < 2) return false;
    if (below(2) == 0) {
      const std::size_t one = below(order.size()), other = below(order.size());
      return arrangement.exchange(one, other);
    }
    top_positions_.clear();
    for (std::size_t position = 1; position < order.size(); ++position) {
      const std::size_t buffer = order[position];
      if (arrangement.offsets()[buffer] + placer_.footprint(buffer) == arrangement.arena_bytes()) {
        top_positions_.push_back(position);
      }
    }
    if (top_positions_.empty()) return false;
    const std::size_t from = top_positions_[below(top_positions_.size())];
    return arrangement.advance(from, below(from));
  }

  // Not std::uniform_int_distribution: its numbers differ between standard libraries.
  std::size_t below(std::size_t limit) { return random_() % limit; }

  const PlanProblem& problem_;
  const Placer& placer_;
  std::size_t lower_bound_bytes_;
  std::mt19937 random_{20240229};
  std::vector<std::size_t> top_positions_;
  std::vector<std::size_t> best_;
  std::size_t best_bytes_ = 0;
};

}  // namespace

std::vector<std::size_t> place_by_search(const Placer& placer) {
  return OrderSearch(placer).run();
}

}  // namespace pudu::planner
