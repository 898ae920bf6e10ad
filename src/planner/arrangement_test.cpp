#include "planner/arrangement.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "planner/exact/search.hpp"
#include "planner/plan.hpp"

namespace pudu::planner {
namespace {

/// Buffers of which every second one comes and goes by parts.
PlanProblem random_problem(std::uint32_t seed, int count, int steps = 30) {
  std::mt19937 random(seed);
  const auto below = [&](int limit) { return static_cast<int>(random() % static_cast<std::uint32_t>(limit)); };
  PlanProblem problem;
  for (int i = 0; i < count; ++i) {
    PlanBuffer buffer{.name = "b" + std::to_string(i), .bytes = static_cast<std::size_t>(16 * (1 + below(20)))};
    buffer.begin_step = below(steps);
    buffer.end_step = buffer.begin_step + 1 + below(12);
    if (i % 2 == 0 && buffer.end_step - buffer.begin_step > 2) {
      const std::size_t half = buffer.bytes / 2;
      const int middle = (buffer.begin_step + buffer.end_step) / 2;
      buffer.extents = {{buffer.begin_step, middle + 1, 0, half}, {middle, buffer.end_step, half, buffer.bytes}};
    }
    problem.buffers.push_back(std::move(buffer));
  }
  return problem;
}

TEST(Arrangement, LiesAsIfAllHadBeenPlacedAgain) {
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    const PlanProblem problem = random_problem(seed, 40);
    const Placer placer(problem);
    std::vector<std::size_t> order(problem.buffers.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    Arrangement arrangement(placer, order);
    std::mt19937 random(seed);
    int kept = 0, refused = 0;
    for (int change = 0; change < 300; ++change) {
      const std::size_t bytes = arrangement.arena_bytes();
      const std::vector<std::size_t> order_before = arrangement.order(), before = arrangement.offsets();
      std::vector<std::size_t> changed = order_before;
      const std::size_t one = random() % order.size(), other = random() % order.size();
      bool is_kept = false;
      if (change % 2 == 0 || one == other) {
        std::swap(changed[one], changed[other]);
        is_kept = arrangement.exchange(one, other);
      } else {
        const auto to = changed.begin() + static_cast<std::ptrdiff_t>(std::min(one, other));
        const auto from = changed.begin() + static_cast<std::ptrdiff_t>(std::max(one, other));
        std::rotate(to, from, from + 1);
        is_kept = arrangement.advance(std::max(one, other), std::min(one, other));
      }
      const std::vector<std::size_t> offsets = placer.place(changed, Fit::Lowest);
      ASSERT_EQ(is_kept, placer.arena_bytes(offsets) <= bytes);
      ASSERT_EQ(arrangement.offsets(), is_kept ? offsets : before);
      ASSERT_EQ(arrangement.order(), is_kept ? changed : order_before);
      ASSERT_EQ(arrangement.arena_bytes(), is_kept ? placer.arena_bytes(offsets) : bytes);
      ++(is_kept ? kept : refused);
    }
    EXPECT_GT(kept, 0);
    EXPECT_GT(refused, 0);
  }
}

TEST(Arrangement, PlacesFewAgain) {
  const PlanProblem problem = random_problem(7, 200, 1000);
  const Placer placer(problem);
  std::vector<std::size_t> order(problem.buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Arrangement arrangement(placer, order);
  std::mt19937 random(7);
  const std::int64_t work_of_all = placer.work(), changes = 100;
  for (int change = 0; change < changes; ++change) arrangement.exchange(random() % 200, random() % 200);
  EXPECT_LT(placer.work() - work_of_all, changes * work_of_all / 4);
}

TEST(IsTooSmall, ProvesWhatIsSoAndNothingElse) {
  int proofs = 0;
  for (std::uint32_t seed = 100; seed < 160; ++seed) {
    const PlanProblem problem = random_problem(seed, 20);
    const Placer placer(problem);
    const MemoryPlan plan = plan_memory(problem, 0.05);
    std::int64_t work = 0;
    EXPECT_FALSE(is_too_small(placer, plan.arena_bytes, work)) << seed;
    EXPECT_GT(work, 0);
    if (plan.arena_bytes == plan.lower_bound_bytes) proofs += is_too_small(placer, plan.arena_bytes - 16, work) ? 1 : 0;
  }
  EXPECT_GT(proofs, 20);
}

}  // namespace
}  // namespace pudu::planner
