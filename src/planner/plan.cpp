#include "planner/plan.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "planner/exact/search.hpp"
#include "planner/placement.hpp"
#include "planner/shape.hpp"
#include "planner/strategies/strategies.hpp"

namespace pudu::planner {

std::size_t arena_bytes_of(const PlanProblem& problem, const std::vector<std::size_t>& offsets) {
  const std::size_t grain = grain_bytes(problem);
  std::size_t end = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    // A buffer of no bytes takes none, wherever it lies.
    const std::size_t footprint = footprint_bytes(problem.buffers[i], grain);
    if (footprint > 0) end = std::max(end, offsets[i] + footprint);
  }
  return end;
}

namespace {

class Planner {
 public:
  Planner(const PlanProblem& problem, const std::vector<std::vector<Slab>>& slabs, const PlanGoal& goal)
      : placer_(problem, slabs), goal_(goal) {
    best_.lower_bound_bytes = placer_.lower_bound_bytes();
  }

  bool is_done() const {
    if (best_.strategy.empty()) return false;
    return best_.arena_bytes <= std::max(best_.lower_bound_bytes, goal_.good_bytes) ||
           best_.lower_bound_bytes >= goal_.useless_bytes;
  }

  void try_strategies(std::span<const Strategy> strategies) {
    for (const Strategy& strategy : strategies) {
      if (is_done()) return;
      offer(strategy.place(placer_), strategy.name);
    }
  }

  /// Raises the lower bound where it is easily proved that nothing of use is left to be found.
  void look_for_proof() {
    if (is_done()) return;
    const std::size_t grain = grain_bytes(placer_.problem());
    const std::size_t useless_bytes = std::min(best_.arena_bytes, goal_.useless_bytes);
    const std::size_t capacity = (useless_bytes - 1) / grain * grain;
    if (capacity == unproved_capacity_) return;
    if (is_too_small(placer_, capacity, best_.work)) {
      best_.lower_bound_bytes = capacity + grain;
    } else {
      unproved_capacity_ = capacity;
    }
  }

  template <class SearchFunction>
  void search(SearchFunction function, double seconds) {
    if (is_done()) return;
    WorkBudget budget = work_of(seconds);
    SearchResult result = function(placer_, {best_.lower_bound_bytes, best_.arena_bytes}, budget);
    best_.work += work_of(seconds).left() - budget.left();
    best_.lower_bound_bytes = result.bounds.lower_bytes;
    if (result.offsets) offer(std::move(*result.offsets), "branch_and_bound");
  }

  void offer(std::vector<std::size_t> offsets, std::string_view strategy) {
    const std::size_t arena_bytes = placer_.arena_bytes(offsets);
    if (!best_.strategy.empty() && arena_bytes >= best_.arena_bytes) return;
    best_.offsets = std::move(offsets);
    best_.arena_bytes = arena_bytes;
    best_.strategy = strategy;
  }

  MemoryPlan take() {
    best_.work += placer_.work();
    return std::move(best_);
  }

 private:
  const Placer placer_;
  const PlanGoal goal_;
  MemoryPlan best_;
  std::optional<std::size_t> unproved_capacity_;
};

/// Leaves extents only where they make a difference: at buffers that are no rectangles.
void simplify(PlanProblem& problem, const std::vector<std::vector<Slab>>& slabs) {
  for (std::size_t i = 0; i < problem.buffers.size(); ++i) {
    PlanBuffer& buffer = problem.buffers[i];
    if (buffer.extents.empty() || slabs[i].size() != 1) continue;
    if (slabs[i][0].ranges != std::vector<ByteRange>{{0, buffer.bytes}}) continue;
    buffer.begin_step = slabs[i][0].begin_step;
    buffer.end_step = slabs[i][0].end_step;
    buffer.extents.clear();
  }
}

bool has_extents(const PlanProblem& problem) {
  return std::any_of(problem.buffers.begin(), problem.buffers.end(),
                     [](const PlanBuffer& buffer) { return !buffer.extents.empty(); });
}

/// `known` is a plan to begin with, or null.
MemoryPlan plan_simple(const PlanProblem& simple, const std::vector<std::vector<Slab>>& slabs, double seconds,
                       const PlanGoal& goal, const MemoryPlan* known) {
  Planner planner(simple, slabs, goal);
  if (known != nullptr) planner.offer(known->offsets, known->strategy);
  planner.try_strategies(greedy_strategies());
  const bool has_shapes = has_extents(simple) || !simple.overlaps.empty();
  if (has_shapes) {
    planner.look_for_proof();
  } else {
    planner.search(search_rectangles, seconds);
  }
  planner.try_strategies(search_strategies());
  if (has_shapes) {
    planner.look_for_proof();
    planner.search(search_shapes, seconds);
  }
  return planner.take();
}

}  // namespace

MemoryPlan plan_memory(const PlanProblem& problem, double seconds, const PlanGoal& goal) {
  const std::vector<std::vector<Slab>> slabs = slabs_of(problem);
  PlanProblem simple = problem;
  simplify(simple, slabs);
  if (simple.overlaps.empty()) return plan_simple(simple, slabs, seconds, goal, nullptr);
  // A plan without overlaps is one with them, too, and for rectangles there is a better search.
  std::vector<PlanOverlap> overlaps;
  overlaps.swap(simple.overlaps);
  const MemoryPlan apart = plan_simple(simple, slabs, seconds / 2, goal, nullptr);
  overlaps.swap(simple.overlaps);
  MemoryPlan plan = plan_simple(simple, slabs, seconds / 2, goal, &apart);
  plan.work += apart.work;
  return plan;
}

}  // namespace pudu::planner
