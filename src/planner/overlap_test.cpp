// Buffers that may share bytes at the step at which one is read and the other written: distances, bounds, plans and the
// validator.
#include "planner/overlap.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "planner/plan.hpp"
#include "planner/validate.hpp"

namespace pudu::planner {
namespace {

/// A chain: buffer i is written at step i - 1 and read at step i, over the next one as `leads` say.
PlanProblem chain(const std::vector<std::size_t>& bytes, const std::vector<std::int64_t>& leads,
                  std::size_t alignment = 16) {
  PlanProblem problem;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int step = static_cast<int>(i);
    problem.buffers.push_back({"b" + std::to_string(i), bytes[i], std::max(step - 1, 0), step + 1, alignment});
    if (i > 0) problem.overlaps.push_back({i, i - 1, step - 1, leads[i - 1]});
  }
  return problem;
}

TEST(Overlap, AShrinkingResultBeginsALittleBeforeItsOperand) {
  const PlanProblem problem = chain({1000, 400}, {40});
  const MemoryPlan plan = plan_memory(problem);
  EXPECT_EQ(plan.arena_bytes, 48U + 1008U) << "40 bytes of lead, in grains of 16";
  EXPECT_EQ(plan.lower_bound_bytes, plan.arena_bytes);
  EXPECT_EQ(plan.offsets, (std::vector<std::size_t>{48, 0}));
  EXPECT_TRUE(validate(problem, plan).ok());
}

TEST(Overlap, AGrowingResultEndsALittleBehindItsOperand) {
  // A result of 1600 bytes whose last parts follow the last of the operand's.
  const PlanProblem problem = chain({400, 1600}, {1232});
  const MemoryPlan plan = plan_memory(problem);
  EXPECT_EQ(plan.arena_bytes, 1632U);
  EXPECT_EQ(plan.lower_bound_bytes, plan.arena_bytes);
  EXPECT_TRUE(validate(problem, plan).ok());
}

TEST(Overlap, LeadsOnAGrid) {
  PlanProblem problem = chain({960, 480}, {-1000});
  problem.overlaps[0].grid = 24;
  // Offsets are multiples of 16, leads of 24, and so of 48.
  const std::vector<ForbiddenDistances> left = allow_overlap(problem, 1, 0, {{-960, 480}});
  for (std::int64_t lead = -944; lead < 480; lead += 16) {
    const bool is_forbidden = std::any_of(left.begin(), left.end(), [&](const ForbiddenDistances& each) {
      return each.lower < lead && lead < each.upper;
    });
    EXPECT_EQ(is_forbidden, lead % 48 != 0) << lead;
  }
  const MemoryPlan plan = plan_memory(problem);
  EXPECT_EQ(plan.arena_bytes, 960U);
  EXPECT_EQ(plan.lower_bound_bytes, 960U);
}

TEST(Overlap, DistancesAreThoseOfEitherBuffer) {
  const PlanProblem problem = chain({100, 200}, {30});
  EXPECT_EQ(allow_overlap(problem, 1, 0, {{-100, 200}}), (std::vector<ForbiddenDistances>{{-100, 30}}));
  EXPECT_EQ(allow_overlap(problem, 0, 1, {{-200, 100}}), (std::vector<ForbiddenDistances>{{-30, 100}}));
  EXPECT_EQ(most_shared_bytes(chain({100, 200}, {-4}, 1), {1, 0, 0, -4}), 100);
  EXPECT_EQ(most_shared_bytes(chain({100, 200}, {150}, 1), {1, 0, 0, 150}), 50);
  EXPECT_EQ(most_shared_bytes(chain({100, 200}, {200}, 1), {1, 0, 0, 200}), 0);
}

TEST(Overlap, TheValidatorKnowsWhatIsAllowed) {
  PlanProblem problem = chain({1000, 400}, {40}, 1);
  MemoryPlan plan{{40, 0}, 1040, 0, "test"};
  EXPECT_TRUE(validate(problem, plan).ok());
  plan.offsets = {39, 0};
  EXPECT_FALSE(validate(problem, plan).ok()) << "too near";
  plan.offsets = {0, 16};
  EXPECT_FALSE(validate(problem, plan).ok()) << "the result behind its operand's begin";
  plan.offsets = {41, 0}, plan.arena_bytes = 1041;
  problem.overlaps[0].grid = 2;
  EXPECT_FALSE(validate(problem, plan).ok()) << "not on the grid";
  problem.overlaps[0].grid = 1;
  EXPECT_TRUE(validate(problem, plan).ok());
  problem.buffers[0].end_step = 2, problem.buffers[1].end_step = 3;
  EXPECT_FALSE(validate(problem, plan).ok()) << "both alive at another step";
}

/// The least arena of a chain: pairs of neighbours restrict each other, so a dynamic program over offsets finds it.
std::size_t least_arena(const PlanProblem& problem) {
  for (std::size_t arena = 0;; ++arena) {
    std::vector<bool> possible;
    for (std::size_t i = 0; i < problem.buffers.size(); ++i) {
      std::vector<bool> next;
      for (std::size_t offset = 0; offset + problem.buffers[i].bytes <= arena; ++offset) {
        bool fits = i == 0;
        for (std::size_t before = 0; before < possible.size() && !fits; ++before) {
          if (!possible[before]) continue;
          const auto lead = static_cast<std::int64_t>(before) - static_cast<std::int64_t>(offset);
          const PlanOverlap& overlap = problem.overlaps[i - 1];
          const bool is_apart =
              before + problem.buffers[i - 1].bytes <= offset || offset + problem.buffers[i].bytes <= before;
          fits = is_apart || (lead >= overlap.least_lead && lead % overlap.grid == 0);
        }
        next.push_back(fits);
      }
      possible = std::move(next);
    }
    if (std::find(possible.begin(), possible.end(), true) != possible.end()) return arena;
  }
}

TEST(Overlap, PlansOfRandomChainsAreOptimalAndBounded) {
  std::mt19937 random(1);
  const auto between = [&](int low, int high) { return low + static_cast<int>(random() % (high - low + 1)); };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::size_t> bytes;
    std::vector<std::int64_t> leads;
    for (int i = between(2, 5); i > 0; --i) {
      bytes.push_back(static_cast<std::size_t>(between(1, 24)));
      leads.push_back(between(-6, 12));
    }
    PlanProblem problem = chain(bytes, leads, 1);
    for (PlanOverlap& overlap : problem.overlaps) overlap.grid = between(0, 2) == 0 ? between(2, 5) : 1;
    const MemoryPlan plan = plan_memory(problem);
    const Status status = validate(problem, plan);
    ASSERT_TRUE(status.ok()) << round << ": " << to_string(status.error());
    const std::size_t least = least_arena(problem);
    ASSERT_EQ(plan.arena_bytes, least) << "round " << round;
    ASSERT_LE(plan.lower_bound_bytes, least) << "round " << round;
  }
}

}  // namespace
}  // namespace pudu::planner
