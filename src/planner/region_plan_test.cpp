// Buffers divided among memories: against every division of small problems, limits, and what does not fit.
#include "planner/region_plan.hpp"

#include <gmock/gmock.h>

#include <random>

#include "planner/validate.hpp"

namespace pudu::planner {
namespace {

using ::testing::ElementsAre;

RegionBuffer make_buffer(std::size_t bytes, int begin, int end, double read, double written) {
  return {{.name = "b", .bytes = bytes, .begin_step = begin, .end_step = end}, read, written};
}

PlanProblem part(const RegionProblem& problem, const std::vector<std::size_t>& region_of, std::size_t region) {
  PlanProblem result;
  for (std::size_t i = 0; i < region_of.size(); ++i) {
    if (region_of[i] == region) result.buffers.push_back(problem.buffers[i].buffer);
  }
  return result;
}

void check(const RegionProblem& problem, const RegionPlan& plan) {
  double cost = 0;
  for (std::size_t i = 0; i < problem.buffers.size(); ++i) {
    cost += cost_in(problem.buffers[i], problem.regions[plan.region_of[i]]);
  }
  EXPECT_DOUBLE_EQ(cost, plan.cost);
  ASSERT_EQ(plan.plans.size(), problem.regions.size());
  for (std::size_t region = 0; region < problem.regions.size(); ++region) {
    EXPECT_LE(plan.plans[region].arena_bytes, problem.regions[region].bytes);
    EXPECT_TRUE(validate(part(problem, plan.region_of, region), plan.plans[region]));
  }
}

TEST(PlanRegions, PutsHotBuffersIntoTheFastMemory) {
  const RegionProblem problem{
      {{"fast", 64, 1, 1}, {"slow", 1024, 4, 4}},
      {make_buffer(64, 0, 3, 64, 64), make_buffer(64, 0, 3, 6400, 64), make_buffer(32, 0, 3, 32, 32)}};
  const RegionResult result = plan_regions(problem);
  ASSERT_TRUE(result.plan);
  EXPECT_THAT(result.plan->region_of, ElementsAre(1, 0, 1));
  EXPECT_TRUE(result.plan->is_optimal);
  check(problem, *result.plan);
}

TEST(PlanRegions, SharesTheFastMemoryOverTime) {
  const RegionProblem problem{
      {{"fast", 64, 1, 1}, {"slow", 1024, 4, 4}},
      {make_buffer(64, 0, 2, 64, 64), make_buffer(64, 2, 4, 64, 64), make_buffer(64, 1, 3, 10, 10)}};
  const RegionResult result = plan_regions(problem);
  ASSERT_TRUE(result.plan);
  EXPECT_THAT(result.plan->region_of, ElementsAre(0, 0, 1));
  check(problem, *result.plan);
}

TEST(PlanRegions, LooksAtReadsAndWritesApart) {
  // One memory reads fast, the other writes fast.
  const RegionProblem problem{{{"a", 64, 1, 9}, {"b", 64, 9, 1}},
                              {make_buffer(64, 0, 2, 10, 100), make_buffer(64, 0, 2, 100, 10)}};
  const RegionResult result = plan_regions(problem);
  ASSERT_TRUE(result.plan);
  EXPECT_THAT(result.plan->region_of, ElementsAre(1, 0));
}

TEST(PlanRegions, NamesWhatDoesNotFit) {
  const RegionProblem problem{{{"fast", 64, 1, 1}, {"slow", 128, 4, 4}},
                              {make_buffer(32, 0, 2, 1, 1), make_buffer(256, 0, 2, 1, 1)}};
  const RegionResult result = plan_regions(problem);
  EXPECT_FALSE(result.plan);
  EXPECT_EQ(result.failure.buffer, 1U);
}

TEST(PlanRegions, FindsRoomWhereTheHottestFirstDoNot) {
  // The hot small one blocks the fast memory, which alone has room for the large one.
  const RegionProblem problem{{{"fast", 128, 1, 1}, {"slow", 16, 4, 4}},
                              {make_buffer(16, 0, 2, 500, 500), make_buffer(128, 0, 2, 1, 1)}};
  const RegionResult result = plan_regions(problem);
  ASSERT_TRUE(result.plan);
  EXPECT_THAT(result.plan->region_of, ElementsAre(1, 0));
}

TEST(PlanRegions, TakesNothing) {
  const RegionResult result = plan_regions({{{"fast", 64, 1, 1}}, {}});
  ASSERT_TRUE(result.plan);
  EXPECT_EQ(result.plan->plans.at(0).arena_bytes, 0U);
}

/// The cheapest of all divisions that the planner can pack; negative when there is none.
double cheapest_of_all(const RegionProblem& problem) {
  const std::size_t regions = problem.regions.size();
  std::size_t divisions = 1;
  for (std::size_t i = 0; i < problem.buffers.size(); ++i) divisions *= regions;
  double best = -1;
  for (std::size_t code = 0; code < divisions; ++code) {
    std::vector<std::size_t> region_of;
    double cost = 0;
    for (std::size_t i = 0, rest = code; i < problem.buffers.size(); ++i, rest /= regions) {
      region_of.push_back(rest % regions);
      cost += cost_in(problem.buffers[i], problem.regions[region_of[i]]);
    }
    if (best >= 0 && cost >= best) continue;
    bool fits = true;
    for (std::size_t region = 0; region < regions && fits; ++region) {
      fits = plan_memory(part(problem, region_of, region)).arena_bytes <= problem.regions[region].bytes;
    }
    if (fits) best = cost;
  }
  return best;
}

TEST(PlanRegions, IsAsGoodAsEveryDivisionOfSmallProblems) {
  std::mt19937 generator(7);
  const auto number = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(generator); };
  int without_plan = 0;
  for (int round = 0; round < 60; ++round) {
    RegionProblem problem;
    const int regions = number(1, 3);
    for (int i = 0; i < regions; ++i) {
      problem.regions.push_back({"r", static_cast<std::size_t>(16 * number(4, 40)), static_cast<double>(number(1, 9)),
                                 static_cast<double>(number(1, 9))});
    }
    for (int i = 0; i < 6; ++i) {
      const int begin = number(0, 5);
      problem.buffers.push_back(make_buffer(static_cast<std::size_t>(number(1, 300)), begin, begin + number(1, 3),
                                            number(1, 4000), number(1, 1000)));
    }
    const RegionResult result = plan_regions(problem);
    const double best = cheapest_of_all(problem);
    ASSERT_EQ(result.plan.has_value(), best >= 0) << round;
    without_plan += best < 0 ? 1 : 0;
    if (!result.plan) continue;
    check(problem, *result.plan);
    EXPECT_DOUBLE_EQ(result.plan->cost, best) << round;
    EXPECT_TRUE(result.plan->is_optimal);
  }
  EXPECT_GT(without_plan, 2);
  EXPECT_LT(without_plan, 50);
}

TEST(PlanRegions, StaysQuickWithManyBuffers) {
  std::mt19937 generator(3);
  RegionProblem problem{{{"fast", 20'000, 1, 1}, {"middle", 60'000, 2, 2}, {"slow", 1'000'000, 8, 8}}, {}};
  for (int i = 0; i < 150; ++i) {
    problem.buffers.push_back(make_buffer(1 + generator() % 40'000, i, i + 2 + static_cast<int>(generator() % 3),
                                          generator() % 1'000'000, generator() % 100'000));
  }
  const RegionResult result = plan_regions(problem);
  ASSERT_TRUE(result.plan);
  check(problem, *result.plan);
}

}  // namespace
}  // namespace pudu::planner
