#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "planner/corpus.hpp"
#include "planner/placement.hpp"
#include "planner/plan.hpp"
#include "planner/strategies/strategies.hpp"
#include "planner/validate.hpp"

namespace pudu::planner {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ProblemMaker {
 public:
  explicit ProblemMaker(std::uint32_t seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return random_() % limit; }

  /// Up to `max_buffers`, some without bytes, of alignments 1 to 64.
  PlanProblem make(std::size_t max_buffers, std::size_t max_bytes, std::size_t steps) {
    PlanProblem problem;
    const bool is_uniform = below(2) == 0;
    const std::size_t count = below(max_buffers + 1);
    for (std::size_t i = 0; i < count; ++i) {
      PlanBuffer buffer;
      buffer.name = "b" + std::to_string(i);
      buffer.bytes = below(8) == 0 ? 0 : below(max_bytes + 1);
      buffer.begin_step = static_cast<int>(below(steps));
      buffer.end_step = buffer.begin_step + 1 + static_cast<int>(below(1 + below(steps)));
      buffer.alignment = is_uniform ? 16 : std::size_t{1} << below(7);
      problem.buffers.push_back(std::move(buffer));
    }
    return problem;
  }

 private:
  std::mt19937 random_;
};

std::string shown(const PlanProblem& problem) {
  return print(CorpusEntry{0, problem});
}

MemoryPlan plan_with(const Strategy& strategy, const PlanProblem& problem) {
  MemoryPlan plan;
  plan.offsets = strategy.place(problem);
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

/// The lower bound by its definition: step by step.
std::size_t slow_lower_bound(const PlanProblem& problem) {
  std::size_t bound = 0;
  for (int step = 0; step < 100; ++step) {
    std::size_t alive = 0;
    for (const PlanBuffer& buffer : problem.buffers) {
      if (buffer.begin_step <= step && step < buffer.end_step) alive += footprint_bytes(buffer, grain_bytes(problem));
    }
    bound = std::max(bound, alive);
  }
  return bound;
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
    const MemoryPlan best = plan_memory(problem);
    EXPECT_TRUE(validate(problem, best).ok()) << shown(problem);
    for (const Strategy& strategy : all_strategies()) {
      const MemoryPlan plan = plan_with(strategy, problem);
      const Status status = validate(problem, plan);
      EXPECT_TRUE(status.ok()) << strategy.name << "\n" << to_string(status.error()) << "\n" << shown(problem);
      EXPECT_LE(best.arena_bytes, plan.arena_bytes) << strategy.name << "\n" << shown(problem);
    }
  }
}

TEST(Planner, SamePlanEveryTime) {
  ProblemMaker maker(8);
  for (int i = 0; i < 10; ++i) {
    const PlanProblem problem = maker.make(40, 5000, 24);
    const MemoryPlan first = plan_memory(problem);
    const MemoryPlan second = plan_memory(problem);
    EXPECT_EQ(first.offsets, second.offsets);
    EXPECT_EQ(first.strategy, second.strategy);
  }
}

TEST(Planner, SmallProblemsAreSolvedOptimally) {
  ProblemMaker maker(9);
  int above_bound = 0;
  for (int i = 0; i < 150; ++i) {
    const PlanProblem problem = maker.make(7, 80, 6);
    const MemoryPlan plan = plan_memory(problem);
    const std::size_t optimum = smallest_arena(problem);
    EXPECT_EQ(plan.arena_bytes, optimum) << shown(problem);
    above_bound += optimum > plan.lower_bound_bytes ? 1 : 0;
  }
  EXPECT_GT(above_bound, 0);  // so the search had something to do beyond reaching the bound
}

TEST(Validate, NamesEveryKindOfFault) {
  PlanProblem problem;
  problem.buffers = {{"a", 100, 0, 2, 16}, {"b", 50, 1, 3, 16}, {"c", 100, 2, 4, 16}};
  const MemoryPlan valid{{0, 112, 0}, 176, 176, "by hand"};
  ASSERT_TRUE(validate(problem, valid).ok());
  const auto message = [&](auto damage) {
    PlanProblem damaged_problem = problem;
    MemoryPlan damaged_plan = valid;
    damage(damaged_problem, damaged_plan);
    const Status status = validate(damaged_problem, damaged_plan);
    return status.ok() ? "no fault" : to_string(status.error());
  };
  EXPECT_EQ(message([](PlanProblem&, MemoryPlan& plan) { plan.offsets[1] = 96; }),
            "error: buffer 'b': bytes [96, 146); apart from 'a' at [0, 100), alive at the same time\n"
            "error: buffer 'c': bytes [0, 100); apart from 'b' at [96, 146), alive at the same time");
  EXPECT_EQ(message([](PlanProblem&, MemoryPlan& plan) { plan.offsets[1] = 113; }),
            "error: buffer 'b': offset 113; a multiple of 16");
  EXPECT_EQ(message([](PlanProblem&, MemoryPlan& plan) { plan.offsets[1] = 128; }),
            "error: buffer 'b': bytes [128, 178); within the arena of 176 bytes");
  EXPECT_EQ(message([](PlanProblem&, MemoryPlan& plan) { plan.offsets.pop_back(); }),
            "error: plan: 2 offsets; 3 buffers");
  EXPECT_EQ(message([](PlanProblem&, MemoryPlan& plan) { plan.lower_bound_bytes = 177; }),
            "error: plan: an arena of 176 bytes; at least the lower bound, 177");
  EXPECT_EQ(message([](PlanProblem& broken, MemoryPlan&) { broken.buffers[1].end_step = 1; }),
            "error: buffer 'b': alive from step 1 to 1; alive at one step at least");
  EXPECT_EQ(message([](PlanProblem& broken, MemoryPlan&) { broken.buffers[1].alignment = 0; }),
            "error: buffer 'b': offset 112; a multiple of 0");
}

TEST(Validate, DamagedPlansAreDetected) {
  ProblemMaker maker(10);
  int damages = 0;
  for (int i = 0; i < 40; ++i) {
    const PlanProblem problem = maker.make(20, 500, 8);
    const MemoryPlan valid = plan_memory(problem);
    ASSERT_TRUE(validate(problem, valid).ok());
    for (std::size_t a = 0; a < problem.buffers.size(); ++a) {
      const PlanBuffer& buffer = problem.buffers[a];
      if (buffer.bytes == 0) continue;
      MemoryPlan outside = valid;
      outside.offsets[a] = outside.arena_bytes / buffer.alignment * buffer.alignment;
      EXPECT_FALSE(validate(problem, outside).ok());
      if (buffer.alignment > 1) {
        MemoryPlan skewed = valid;
        skewed.offsets[a] += 1;
        EXPECT_FALSE(validate(problem, skewed).ok());
      }
      ++damages;
      for (std::size_t b = 0; b < problem.buffers.size(); ++b) {
        const PlanBuffer& other = problem.buffers[b];
        const bool are_together = buffer.begin_step < other.end_step && other.begin_step < buffer.end_step;
        if (a == b || other.bytes == 0 || !are_together) continue;
        MemoryPlan overlapping = valid;
        overlapping.offsets[a] = valid.offsets[b] / buffer.alignment * buffer.alignment;
        if (overlapping.offsets[a] + buffer.bytes <= valid.offsets[b]) continue;  // aligned down and short of it
        EXPECT_FALSE(validate(problem, overlapping).ok());
        ++damages;
      }
    }
    if (valid.arena_bytes > 0) {
      MemoryPlan small = valid;
      small.arena_bytes -= grain_bytes(problem);
      small.lower_bound_bytes = 0;
      EXPECT_FALSE(validate(problem, small).ok());
    }
  }
  EXPECT_GT(damages, 1000);
}

}  // namespace
}  // namespace pudu::planner
