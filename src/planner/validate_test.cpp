#include "planner/validate.hpp"

#include <gtest/gtest.h>

#include "planner/plan.hpp"
#include "planner/testing/problem_maker.hpp"

namespace pudu::planner {
namespace {

using testing::ProblemMaker;

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
  EXPECT_EQ(message([](PlanProblem& broken, MemoryPlan&) {
              broken.buffers[1].extents = {{1, 4, 0, 50}};
            }),
            "error: buffer 'b': bytes [0, 50) alive from step 1 to 4; some of its 50 bytes from step 1 to 3");
  EXPECT_EQ(message([](PlanProblem& broken, MemoryPlan&) {
              broken.buffers[1].extents = {{1, 3, 0, 51}};
            }),
            "error: buffer 'b': bytes [0, 51) alive from step 1 to 3; some of its 50 bytes from step 1 to 3");
  EXPECT_EQ(message([](PlanProblem& broken, MemoryPlan& plan) {
              broken.buffers[0].extents = {{0, 2, 0, 96}, {0, 1, 96, 100}};
              broken.buffers[2].bytes = 96;
              plan.offsets[1] = 96;
            }),
            "no fault");
  EXPECT_EQ(message([](PlanProblem& broken, MemoryPlan& plan) {
              broken.buffers[0].extents = {{0, 2, 0, 96}, {0, 1, 96, 100}};
              plan.offsets[1] = 80;
            }),
            "error: buffer 'b': bytes [80, 130); apart from 'a' at [0, 96), alive at the same time\n"
            "error: buffer 'c': bytes [0, 100); apart from 'b' at [80, 130), alive at the same time");
  EXPECT_EQ(message([](PlanProblem& broken, MemoryPlan&) { broken.buffers[1].alignment = 0; }),
            "error: buffer 'b': offset 112; a multiple of 0");
}

TEST(Validate, DamagedPlansAreDetected) {
  ProblemMaker maker(10);
  int damages = 0;
  for (int i = 0; i < 40; ++i) {
    const PlanProblem problem = maker.make(20, 500, 8);
    const MemoryPlan valid = plan_memory(problem, 0.01);
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
