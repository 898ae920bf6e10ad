#include "planner/region_plan.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "planner/strategies/strategies.hpp"

namespace pudu::planner {
namespace {

/// Branch and bound is for problems of up to so many buffers, and gives up after so many nodes.
constexpr std::size_t most_searched_buffers = 32;
constexpr std::size_t most_nodes = 20'000;
/// Of the exact search of each region's arena, in the planner's unit of work. With many buffers the greedy strategies
/// have to do, since many arenas are looked at.
constexpr double seconds_each = 0.01;
constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

class RegionPlanner {
 public:
  explicit RegionPlanner(const RegionProblem& problem) : problem_(problem) {
    for (const RegionBuffer& buffer : problem.buffers) {
      std::vector<std::size_t> order(problem.regions.size());
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return cost_in(buffer, problem.regions[a]) < cost_in(buffer, problem.regions[b]);
      });
      cheapest_first_.push_back(std::move(order));
    }
  }

  RegionResult run() {
    RegionResult result;
    std::size_t stuck = 0;
    for (const std::vector<std::size_t>& order : {by_heat(), by_size()}) {
      std::vector<std::size_t> division = fill(order, stuck);
      if (division.empty() && !problem_.buffers.empty()) continue;
      improve(division);
      offer(division);
    }
    const bool is_complete = search();
    if (!best_) {
      result.failure.buffer = stuck;
      return result;
    }
    RegionPlan plan{.region_of = *best_, .cost = best_cost_, .is_optimal = is_complete};
    for (std::size_t region = 0; region < problem_.regions.size(); ++region) {
      plan.plans.push_back(plan_memory(problem_of(*best_, region)));
    }
    result.plan = std::move(plan);
    return result;
  }

 private:
  using Division = std::vector<std::size_t>;

  std::size_t count() const { return problem_.buffers.size(); }
  double cost(std::size_t buffer, std::size_t region) const {
    return cost_in(problem_.buffers[buffer], problem_.regions[region]);
  }

  /// What a byte of the buffer saves in the cheapest region.
  std::vector<std::size_t> by_heat() const {
    const auto heat = [&](std::size_t i) {
      const RegionBuffer& buffer = problem_.buffers[i];
      const double saved = cost(i, cheapest_first_[i].back()) - cost(i, cheapest_first_[i].front());
      return saved / static_cast<double>(std::max<std::size_t>(1, buffer.buffer.bytes));
    };
    return sorted([&](std::size_t a, std::size_t b) { return heat(a) > heat(b); });
  }

  std::vector<std::size_t> by_size() const {
    return sorted([&](std::size_t a, std::size_t b) {
      return problem_.buffers[a].buffer.bytes > problem_.buffers[b].buffer.bytes;
    });
  }

  template <class Less>
  std::vector<std::size_t> sorted(const Less& less) const {
    std::vector<std::size_t> order(count());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), less);
    return order;
  }

  PlanProblem problem_of(const Division& division, std::size_t region) const {
    PlanProblem problem;
    for (std::size_t i = 0; i < count(); ++i) {
      if (division[i] == region) problem.buffers.push_back(problem_.buffers[i].buffer);
    }
    return problem;
  }

  /// Can the planner pack what the division gives the region?
  bool fits(const Division& division, std::size_t region) {
    const PlanProblem problem = problem_of(division, region);
    const std::size_t capacity = problem_.regions[region].bytes;
    if (liveness_lower_bound(problem) > capacity) return false;
    std::string key;
    for (std::size_t i = 0; i < count(); ++i) key += division[i] == region ? '1' : '0';
    const auto known = arena_bytes_.find(key);
    if (known != arena_bytes_.end()) return known->second <= capacity;
    const std::size_t bytes = pack(problem, capacity);
    arena_bytes_.emplace(std::move(key), bytes);
    return bytes <= capacity;
  }

  std::size_t pack(const PlanProblem& problem, std::size_t capacity) const {
    if (count() <= most_searched_buffers) return plan_memory(problem, seconds_each).arena_bytes;
    const Placer placer(problem);
    std::size_t least = nowhere;
    for (const Strategy& strategy : greedy_strategies()) {
      least = std::min(least, placer.arena_bytes(strategy.place(placer)));
      if (least <= capacity) break;
    }
    return least;
  }

  /// Each in the cheapest region that still has room; empty, with `stuck` set, when one has none.
  Division fill(const std::vector<std::size_t>& order, std::size_t& stuck) {
    Division division(count(), nowhere);
    for (const std::size_t buffer : order) {
      bool found = false;
      for (const std::size_t region : cheapest_first_[buffer]) {
        division[buffer] = region;
        found = fits(division, region);
        if (found) break;
      }
      if (found) continue;
      stuck = buffer;
      return {};
    }
    return division;
  }

  /// Moves one buffer, or swaps two, as long as that is cheaper.
  void improve(Division& division) {
    bool changed = true;
    for (int round = 0; changed && round < 8; ++round) {
      changed = false;
      for (std::size_t i = 0; i < count(); ++i) changed |= try_move(division, i);
      for (std::size_t i = 0; i < count(); ++i) {
        for (std::size_t j = i + 1; j < count(); ++j) changed |= try_swap(division, i, j);
      }
    }
  }

  bool try_move(Division& division, std::size_t buffer) {
    const std::size_t from = division[buffer];
    for (const std::size_t region : cheapest_first_[buffer]) {
      if (cost(buffer, region) >= cost(buffer, from)) return false;
      division[buffer] = region;
      if (fits(division, region)) return true;
      division[buffer] = from;
    }
    return false;
  }

  bool try_swap(Division& division, std::size_t i, std::size_t j) {
    const std::size_t a = division[i];
    const std::size_t b = division[j];
    const double gain = cost(i, a) + cost(j, b) - cost(i, b) - cost(j, a);
    if (a == b || gain <= 1e-9 * (cost(i, a) + cost(j, b))) return false;
    std::swap(division[i], division[j]);
    if (fits(division, a) && fits(division, b)) return true;
    std::swap(division[i], division[j]);
    return false;
  }

  void offer(const Division& division) {
    double sum = 0;
    for (std::size_t i = 0; i < count(); ++i) sum += cost(i, division[i]);
    if (best_ && sum >= best_cost_) return;
    best_ = division;
    best_cost_ = sum;
  }

  /// True when all divisions were looked at, or bounded away.
  bool search() {
    order_ = by_heat();
    least_behind_.assign(count() + 1, 0);
    for (std::size_t i = count(); i-- > 0;) {
      least_behind_[i] = least_behind_[i + 1] + cost(order_[i], cheapest_first_[order_[i]].front());
    }
    if (best_ && best_cost_ <= least_behind_[0] * (1 + 1e-12)) return true;
    if (count() > most_searched_buffers && best_) return false;
    Division division(count(), nowhere);
    descend(division, 0, 0);
    return nodes_ < most_nodes;
  }

  void descend(Division& division, std::size_t depth, double sum) {
    if (depth == count()) return offer(division);
    const std::size_t buffer = order_[depth];
    for (const std::size_t region : cheapest_first_[buffer]) {
      if (++nodes_ >= most_nodes) return;
      const double next = sum + cost(buffer, region);
      if (best_ && next + least_behind_[depth + 1] >= best_cost_ * (1 - 1e-12)) continue;
      division[buffer] = region;
      if (fits(division, region)) descend(division, depth + 1, next);
      division[buffer] = nowhere;
    }
  }

  const RegionProblem& problem_;
  std::vector<std::vector<std::size_t>> cheapest_first_;  ///< by buffer: regions
  std::map<std::string, std::size_t> arena_bytes_;        ///< by the set of buffers
  std::optional<Division> best_;
  double best_cost_ = 0;
  std::vector<std::size_t> order_;
  std::vector<double> least_behind_;  ///< by depth: what the buffers from there on cost at least
  std::size_t nodes_ = 0;
};

}  // namespace

double cost_in(const RegionBuffer& buffer, const Region& region) {
  return buffer.read_bytes * region.read_cost + buffer.written_bytes * region.write_cost;
}

RegionResult plan_regions(const RegionProblem& problem) {
  return RegionPlanner(problem).run();
}

}  // namespace pudu::planner
