#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "planner/corpus.hpp"
#include "planner/exact/search.hpp"
#include "planner/placement.hpp"
#include "planner/plan.hpp"
#include "planner/shape.hpp"
#include "planner/strategies/strategies.hpp"
#include "planner/testing/problem_maker.hpp"
#include "planner/validate.hpp"

namespace pudu::planner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::ProblemMaker;

std::string shown(const PlanProblem& problem) {
  return print(CorpusEntry{0, problem});
}

MemoryPlan plan_with(const Strategy& strategy, const PlanProblem& problem) {
  MemoryPlan plan;
  plan.offsets = strategy.place(Placer(problem));
  plan.arena_bytes = arena_bytes_of(problem, plan.offsets);
  plan.lower_bound_bytes = liveness_lower_bound(problem);
  plan.strategy = strategy.name;
  return plan;
}

/// The optimum, by trying every order.
std::size_t smallest_arena(const PlanProblem& problem) {
  const Placer placer(problem);
  std::vector<std::size_t> order(problem.buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::size_t smallest = SIZE_MAX;
  do {
    smallest = std::min(smallest, arena_bytes_of(problem, placer.place(order, Fit::Lowest)));
  } while (std::next_permutation(order.begin(), order.end()));
  return smallest;
}

/// Is the byte alive at the step, by the definition of extents?
bool is_alive(const PlanBuffer& buffer, int step, std::size_t byte) {
  if (buffer.extents.empty()) return buffer.begin_step <= step && step < buffer.end_step && byte < buffer.bytes;
  return std::any_of(buffer.extents.begin(), buffer.extents.end(), [&](const PlanExtent& extent) {
    return extent.begin_step <= step && step < extent.end_step && extent.begin_byte <= byte && byte < extent.end_byte;
  });
}

/// The lower bound by its definition: step by step, byte by byte.
std::size_t slow_lower_bound(const PlanProblem& problem) {
  const std::size_t grain = grain_bytes(problem);
  std::size_t bound = 0;
  for (int step = 0; step < 100; ++step) {
    std::size_t bytes = 0;
    std::size_t grains = 0;  // of ranges that begin with a grain
    bool all_begin_with_grains = true;
    for (const PlanBuffer& buffer : problem.buffers) {
      if (step < buffer.begin_step || buffer.end_step <= step) continue;
      std::size_t run = 0;
      for (std::size_t byte = 0; byte < buffer.bytes; ++byte) {
        if (!is_alive(buffer, step, byte)) continue;
        bound = std::max(bound, footprint_bytes(buffer, grain));
        const bool begins = byte == 0 || !is_alive(buffer, step, byte - 1);
        run = begins ? 1 : run + 1;
        if (begins && byte % grain != 0) all_begin_with_grains = false;
        ++bytes;
        if ((run - 1) % grain == 0) grains += grain;
      }
    }
    bound = std::max(bound, all_begin_with_grains ? grains : (bytes + grain - 1) / grain * grain);
  }
  return bound;
}

/// Do two buffers at these offsets share a byte at a step?
bool collide(const PlanBuffer& a, std::size_t a_offset, const PlanBuffer& b, std::size_t b_offset) {
  for (int step = 0; step < 100; ++step) {
    for (std::size_t byte = 0; byte < a.bytes; ++byte) {
      const std::size_t address = a_offset + byte;
      if (address < b_offset || address - b_offset >= b.bytes) continue;
      if (is_alive(a, step, byte) && is_alive(b, step, address - b_offset)) return true;
    }
  }
  return false;
}

TEST(Planner, EmptyProblem) {
  const MemoryPlan plan = plan_memory({});
  EXPECT_THAT(plan.offsets, IsEmpty());
  EXPECT_EQ(plan.arena_bytes, 0U);
  EXPECT_EQ(plan.lower_bound_bytes, 0U);
  EXPECT_TRUE(validate({}, plan).ok());
}

TEST(Planner, AChainSharesMemory) {
  PlanProblem problem;
  problem.buffers = {{"a", 100, 0, 1, 16}, {"b", 50, 0, 2, 16}, {"c", 100, 1, 2, 16}, {"none", 0, 0, 2, 16}};
  const MemoryPlan plan = plan_memory(problem);
  EXPECT_THAT(plan.offsets, ElementsAre(0, 112, 0, 0));
  EXPECT_EQ(plan.arena_bytes, 176U);
  EXPECT_EQ(plan.lower_bound_bytes, 176U);
  EXPECT_EQ(plan.strategy, "greedy_by_size");
}

TEST(Planner, SizesCountInUnitsOfTheSmallestAlignment) {
  PlanProblem problem;
  problem.buffers = {{"a", 17, 0, 1, 16}, {"b", 3, 0, 1, 4}};
  EXPECT_EQ(grain_bytes(problem), 4U);
  // b lies behind a without the padding to 16 that a of 32 bytes would bring.
  EXPECT_EQ(liveness_lower_bound(problem), 24U);
  EXPECT_EQ(plan_memory(problem).arena_bytes, 24U);
}

TEST(Planner, BuffersThatMeetAtAStepBoundaryShareMemory) {
  PlanProblem problem;
  problem.buffers = {{"a", 16, 0, 3, 16}, {"b", 16, 3, 5, 16}};
  EXPECT_EQ(plan_memory(problem).arena_bytes, 16U);
  problem.buffers[0].end_step = 4;
  EXPECT_EQ(plan_memory(problem).arena_bytes, 32U);
}

TEST(Planner, RandomProblemsGetValidPlansFromEveryStrategy) {
  ProblemMaker maker(7);
  for (int i = 0; i < 60; ++i) {
    const PlanProblem problem = maker.make(40, 5000, 24);
    EXPECT_EQ(liveness_lower_bound(problem), slow_lower_bound(problem)) << shown(problem);
    const MemoryPlan best = plan_memory(problem, 0.02);
    EXPECT_TRUE(validate(problem, best).ok()) << shown(problem);
    for (const Strategy& strategy : all_strategies()) {
      const MemoryPlan plan = plan_with(strategy, problem);
      const Status status = validate(problem, plan);
      EXPECT_TRUE(status.ok()) << strategy.name << "\n" << to_string(status.error()) << "\n" << shown(problem);
      EXPECT_LE(best.arena_bytes, plan.arena_bytes) << strategy.name << "\n" << shown(problem);
    }
  }
}

TEST(Planner, AnInputFreedRowByRowOverlapsItsOutput) {
  PlanProblem problem;
  problem.buffers = {{"input", 64, 0, 5, 16}, {"output", 64, 1, 6, 16}, {"scratch", 16, 1, 5, 16}};
  for (int row = 0; row < 4; ++row) {
    const auto first = static_cast<std::size_t>(16 * row);
    problem.buffers[0].extents.push_back({0, row + 2, first, first + 16});
    problem.buffers[1].extents.push_back({row + 1, 6, first, first + 16});
  }
  // At every step of the four one row more than the input's four is alive, and the scratch.
  EXPECT_EQ(liveness_lower_bound(problem), 96U);
  const MemoryPlan plan = plan_memory(problem);
  EXPECT_EQ(plan.arena_bytes, 96U);
  EXPECT_EQ(plan.offsets[0], plan.offsets[1] + 16);  // the output follows the freed rows, one row behind
  EXPECT_TRUE(validate(problem, plan).ok());
}

TEST(Shape, ForbiddenDistancesAreThoseAtWhichBytesCollide) {
  ProblemMaker maker(12);
  int allowed_inside = 0;
  for (int i = 0; i < 300; ++i) {
    const PlanProblem problem = maker.make_shapes(6, 24, 8);
    if (problem.buffers.size() < 2) continue;
    const PlanBuffer& a = problem.buffers[0];
    const PlanBuffer& b = problem.buffers[1];
    const auto forbidden = forbidden_distances(slabs_of(a), slabs_of(b));
    for (int distance = -30; distance <= 30; ++distance) {
      const bool is_forbidden = std::any_of(forbidden.begin(), forbidden.end(), [&](const ForbiddenDistances& each) {
        return each.lower < distance && distance < each.upper;
      });
      const auto b_offset = static_cast<std::size_t>(30 + distance);
      ASSERT_EQ(is_forbidden, collide(a, 30, b, b_offset)) << shown(problem) << distance;
      allowed_inside += !is_forbidden && collide({"", a.bytes, 0, 1}, 30, {"", b.bytes, 0, 1}, b_offset) ? 1 : 0;
    }
  }
  EXPECT_GT(allowed_inside, 1000);
}

TEST(Planner, ShapesGetValidPlansFromEveryStrategy) {
  ProblemMaker maker(13);
  int above_bound = 0;
  for (int i = 0; i < 60; ++i) {
    const PlanProblem problem = maker.make_shapes(14, 120, 24);
    EXPECT_EQ(liveness_lower_bound(problem), slow_lower_bound(problem)) << shown(problem);
    for (const Strategy& strategy : all_strategies()) {
      const MemoryPlan plan = plan_with(strategy, problem);
      const Status status = validate(problem, plan);
      ASSERT_TRUE(status.ok()) << strategy.name << "\n" << to_string(status.error()) << "\n" << shown(problem);
      for (std::size_t a = 0; a < problem.buffers.size(); ++a) {
        for (std::size_t b = 0; b < a; ++b) {
          EXPECT_FALSE(collide(problem.buffers[a], plan.offsets[a], problem.buffers[b], plan.offsets[b]))
              << strategy.name << "\n"
              << shown(problem);
        }
      }
      above_bound += plan.arena_bytes > plan.lower_bound_bytes ? 1 : 0;
    }
  }
  EXPECT_GT(above_bound, 0);
}

TEST(Planner, ShapesOfManyRowsArePlannedQuickly) {
  // Two images of 224 rows and twelve windows of one row each that come and go over 1,600 steps.
  PlanProblem problem;
  problem.buffers = {{"input", 224 * 672, 0, 1600, 16}, {"output", 112 * 1792, 0, 1600, 16}};
  for (int row = 0; row < 224; ++row) {
    const auto first = static_cast<std::size_t>(672 * row);
    problem.buffers[0].extents.push_back({0, 7 * row + 8, first, first + 672});
  }
  for (int row = 0; row < 112; ++row) {
    const auto first = static_cast<std::size_t>(1792 * row);
    problem.buffers[1].extents.push_back({14 * row + 7, 1600, first, first + 1792});
  }
  for (int window = 0; window < 12; ++window) {
    PlanBuffer buffer{"window" + std::to_string(window), static_cast<std::size_t>(1792 + 672 * window), 0, 1600, 16};
    for (int begin = window; begin + 2 <= 1600; begin += 14) {
      buffer.extents.push_back({begin, begin + 2, 0, buffer.bytes});
    }
    problem.buffers.push_back(std::move(buffer));
  }
  const auto start = std::chrono::steady_clock::now();
  const MemoryPlan plan = plan_memory(problem);
  EXPECT_TRUE(validate(problem, plan).ok());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  EXPECT_LT(plan.arena_bytes, 224U * 672 + 112 * 1792);
  EXPECT_LT(seconds.count(), 10.0);  // 0.3 where nothing else runs; the bound catches what grows with the square
}

TEST(Planner, SamePlanEveryTime) {
  ProblemMaker maker(8);
  for (int i = 0; i < 10; ++i) {
    const PlanProblem problem = maker.make(40, 5000, 24);
    const MemoryPlan first = plan_memory(problem, 0.1);
    const MemoryPlan second = plan_memory(problem, 0.1);
    EXPECT_EQ(first.offsets, second.offsets);
    EXPECT_EQ(first.strategy, second.strategy);
  }
}

TEST(Planner, SmallProblemsAreSolvedOptimallyAndSaySo) {
  ProblemMaker maker(9);
  int above_bound = 0;
  for (int i = 0; i < 300; ++i) {
    const PlanProblem problem = maker.make(7, 80, 6);
    const MemoryPlan plan = plan_memory(problem);
    const std::size_t optimum = smallest_arena(problem);
    EXPECT_EQ(plan.arena_bytes, optimum) << shown(problem);
    EXPECT_EQ(plan.lower_bound_bytes, optimum) << shown(problem);
    above_bound += optimum > liveness_lower_bound(problem) ? 1 : 0;
  }
  EXPECT_GT(above_bound, 0);  // so the search had something to do beyond reaching the bound
}

TEST(Planner, TheSearchAnswersRightWithAnyBudget) {
  ProblemMaker maker(14);
  int unsolved = 0;
  for (int i = 0; i < 100; ++i) {
    const PlanProblem problem = maker.make(8, 200, 6);
    const std::size_t optimum = smallest_arena(problem);
    const std::size_t worst = arena_bytes_of(problem, place_by_begin(Placer(problem)));
    for (const std::int64_t work : {1, 30, 100, 300, 100'000'000}) {
      WorkBudget budget(work);
      const SearchResult result = search_rectangles(Placer(problem), {liveness_lower_bound(problem), worst}, budget);
      EXPECT_LE(result.bounds.lower_bytes, optimum) << shown(problem);
      EXPECT_GE(result.bounds.best_bytes, optimum) << shown(problem);
      EXPECT_EQ(result.offsets.has_value(), result.bounds.best_bytes < worst);
      if (result.offsets) {
        const MemoryPlan plan{*result.offsets, result.bounds.best_bytes, result.bounds.lower_bytes, "search"};
        EXPECT_TRUE(validate(problem, plan).ok()) << shown(problem);
      }
      const bool is_solved = result.bounds.lower_bytes == result.bounds.best_bytes;
      EXPECT_TRUE(is_solved || budget.is_spent()) << shown(problem);
      unsolved += is_solved ? 0 : 1;
    }
  }
  EXPECT_GT(unsolved, 0);  // so budgets that end too soon were among them
}

/// The optimum for up to four small shapes of alignment 1, by trying all offsets.
std::size_t smallest_arena_of_shapes(const PlanProblem& problem) {
  std::vector<std::vector<std::vector<ForbiddenDistances>>> forbidden(problem.buffers.size());
  std::vector<std::vector<Slab>> slabs;
  std::size_t total = 0;
  for (const PlanBuffer& buffer : problem.buffers) {
    slabs.push_back(slabs_of(buffer));
    total += buffer.bytes;
  }
  const auto fits = [&](std::size_t a, std::size_t b, std::size_t a_offset, std::size_t b_offset) {
    const auto distance = static_cast<std::int64_t>(b_offset) - static_cast<std::int64_t>(a_offset);
    const auto& each = forbidden[b][a];
    return std::none_of(each.begin(), each.end(), [&](const ForbiddenDistances& range) {
      return range.lower < distance && distance < range.upper;
    });
  };
  for (std::size_t b = 0; b < slabs.size(); ++b) {
    for (std::size_t a = 0; a < b; ++a) forbidden[b].push_back(forbidden_distances(slabs[a], slabs[b]));
  }
  std::size_t smallest = total;
  std::vector<std::size_t> offsets;
  const auto place = [&](const auto& self, std::size_t arena) -> void {
    if (arena >= smallest) return;
    const std::size_t next = offsets.size();
    if (next == slabs.size()) {
      smallest = arena;
      return;
    }
    const std::size_t bytes = problem.buffers[next].bytes;
    for (std::size_t offset = 0; offset + bytes <= total; ++offset) {
      bool is_free = true;
      for (std::size_t a = 0; a < next; ++a) is_free = is_free && fits(a, next, offsets[a], offset);
      if (!is_free) continue;
      offsets.push_back(offset);
      self(self, std::max(arena, bytes == 0 ? 0 : offset + bytes));
      offsets.pop_back();
    }
  };
  place(place, 0);
  return smallest;
}

TEST(Planner, SmallShapesArePackedOptimally) {
  ProblemMaker maker(15);
  int above_bound = 0;
  for (int i = 0; i < 400; ++i) {
    PlanProblem problem = maker.make_shapes(5, 9, 8);
    if (problem.buffers.size() > 4) problem.buffers.resize(4);
    for (PlanBuffer& buffer : problem.buffers) buffer.alignment = 1;
    const MemoryPlan plan = plan_memory(problem);
    const std::size_t optimum = smallest_arena_of_shapes(problem);
    EXPECT_EQ(plan.arena_bytes, optimum) << shown(problem);
    EXPECT_EQ(plan.lower_bound_bytes, optimum) << shown(problem);
    EXPECT_TRUE(validate(problem, plan).ok()) << shown(problem);
    above_bound += optimum > liveness_lower_bound(problem) ? 1 : 0;
  }
  EXPECT_GT(above_bound, 3);
}

TEST(Planner, BothExactSearchesAgreeOnRectangles) {
  ProblemMaker maker(16);
  for (int i = 0; i < 100; ++i) {
    const PlanProblem problem = maker.make(9, 300, 7);
    const ArenaBounds known{liveness_lower_bound(problem), arena_bytes_of(problem, place_by_begin(Placer(problem)))};
    WorkBudget first = work_of(1);
    WorkBudget second = work_of(1);
    const SearchResult rectangles = search_rectangles(Placer(problem), known, first);
    const SearchResult shapes = search_shapes(Placer(problem), known, second);
    EXPECT_EQ(rectangles.bounds.best_bytes, shapes.bounds.best_bytes) << shown(problem);
    EXPECT_EQ(rectangles.bounds.lower_bytes, shapes.bounds.lower_bytes) << shown(problem);
  }
}

TEST(Planner, AGoalEndsThePlanningWhereMoreIsOfNoUse) {
  ProblemMaker maker(17);
  int were_larger = 0;
  for (int i = 0; i < 60; ++i) {
    const PlanProblem problem = maker.make_shapes(14, 120, 24);
    const MemoryPlan best = plan_memory(problem, 0.02);
    const MemoryPlan first = plan_memory(problem, 0.02, {.good_bytes = SIZE_MAX});
    EXPECT_EQ(first.strategy, all_strategies().front().name) << shown(problem);
    // None has fewer bytes than the bound: any plan will do.
    const MemoryPlan any = plan_memory(problem, 0.02, {.useless_bytes = best.lower_bound_bytes});
    EXPECT_TRUE(validate(problem, any).ok()) << shown(problem);
    EXPECT_GE(any.arena_bytes, best.arena_bytes) << shown(problem);
    // What is useful is found as without a goal.
    const PlanGoal same{.good_bytes = best.arena_bytes, .useless_bytes = best.arena_bytes + 1};
    EXPECT_EQ(plan_memory(problem, 0.02, same).arena_bytes, best.arena_bytes) << shown(problem);
    were_larger += first.arena_bytes > best.arena_bytes ? 1 : 0;
  }
  EXPECT_GT(were_larger, 10);
}

}  // namespace
}  // namespace pudu::planner
