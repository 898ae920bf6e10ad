// Short sequences whose cycles the technical reference manuals give.
#include "emulator/cycles.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pudu::emulator {
namespace {

constexpr Instruction simple{2, Form::Simple};
constexpr Instruction load{2, Form::Load};
constexpr Instruction store{2, Form::Store};
constexpr Instruction branch_if{2, Form::BranchIf};

std::uint64_t estimate(CycleModel model, const std::vector<Instruction>& code, std::uint64_t times = 1,
                       std::uint64_t left = 0) {
  return cycles_of(model, code, times, left).estimate;
}

TEST(Cycles, LoopsOnArmv6m) {
  // 10 turns: 1 + 2 + 1 each, the branch 2 when taken on a Cortex-M0+ and 3 on a Cortex-M0.
  const std::vector<Instruction> loop = {simple, load, branch_if};
  EXPECT_EQ(estimate(CycleModel::M0Plus, loop, 10, 9), 10U * 4 + 9);
  EXPECT_EQ(estimate(CycleModel::M0, loop, 10, 9), 10U * 4 + 9 * 2);
}

TEST(Cycles, CallsAndReturnsOnArmv6m) {
  EXPECT_EQ(estimate(CycleModel::M0Plus, {{4, Form::Call}}, 1, 1), 3U);
  EXPECT_EQ(estimate(CycleModel::M0, {{4, Form::Call}}, 1, 1), 4U);
  EXPECT_EQ(estimate(CycleModel::M0Plus, {{2, Form::BranchTo}}, 1, 1), 2U);
  EXPECT_EQ(estimate(CycleModel::M0, {{2, Form::BranchTo}}, 1, 1), 3U);
  EXPECT_EQ(estimate(CycleModel::M0Plus, {{2, Form::StoreMultiple, 5}}), 6U);
  EXPECT_EQ(estimate(CycleModel::M0Plus, {{2, Form::LoadMultiple, 5, true}}, 1, 1), 3U + 5);
  EXPECT_EQ(estimate(CycleModel::M0, {{2, Form::LoadMultiple, 5, true}}, 1, 1), 4U + 5);
}

TEST(Cycles, TheMultiplierOfArmv6mIsAChoice) {
  EXPECT_EQ(cycles_of(CycleModel::M0Plus, std::vector<Instruction>{{2, Form::Multiply}}, 3, 0), (CycleRange{3, 3, 96}));
}

TEST(Cycles, NeighbouringLoadsOverlap) {
  // DDI 0337I: "normally three cycles", "normally four cycles".
  EXPECT_EQ(estimate(CycleModel::M4, {load, load}), 3U);
  EXPECT_EQ(estimate(CycleModel::M3, {load, load, load}), 4U);
  EXPECT_EQ(estimate(CycleModel::M3, {load, {2, Form::StoreIndexed}}), 3U);
  EXPECT_EQ(estimate(CycleModel::M3, {load, store}), 3U);
  EXPECT_EQ(estimate(CycleModel::M3, {load, simple, load}), 5U);
  EXPECT_EQ(estimate(CycleModel::M3, {{2, Form::StoreIndexed}, load}), 4U) << "nothing overlaps with a store";
  EXPECT_EQ(cycles_of(CycleModel::M4, std::vector<Instruction>{load, load}, 10, 0), (CycleRange{30, 30, 40}));
}

TEST(Cycles, MultipliesOfM3AndM4) {
  const auto cost = [](CycleModel model, Form form) {
    return cycles_of(model, std::vector<Instruction>{{4, form}}, 1, 0);
  };
  EXPECT_EQ(cost(CycleModel::M3, Form::Multiply), (CycleRange{1, 1, 1}));
  EXPECT_EQ(cost(CycleModel::M3, Form::MultiplyAdd), (CycleRange{2, 2, 2}));
  EXPECT_EQ(cost(CycleModel::M3, Form::MultiplyLong), (CycleRange{3, 4, 5}));
  EXPECT_EQ(cost(CycleModel::M3, Form::MultiplyAddLong), (CycleRange{4, 5, 7}));
  for (const Form form : {Form::Multiply, Form::MultiplyAdd, Form::MultiplyLong, Form::MultiplyAddLong}) {
    EXPECT_EQ(cost(CycleModel::M4, form), (CycleRange{1, 1, 1}));
  }
  EXPECT_EQ(cost(CycleModel::M4, Form::Divide), (CycleRange{2, 7, 12}));
}

TEST(Cycles, TakenBranchesRefillThePipeline) {
  EXPECT_EQ(cycles_of(CycleModel::M4, std::vector<Instruction>{branch_if}, 10, 4), (CycleRange{14, 18, 22}));
  EXPECT_EQ(estimate(CycleModel::M4, {{4, Form::LoadMultiple, 3, true}}, 1, 1), 1U + 3 + 3);
}

TEST(Cycles, VectorsOfDifferentUnitsOverlap) {
  const Instruction vector_load{4, Form::VectorLoad};
  const Instruction product{4, Form::VectorMultiply};
  EXPECT_EQ(estimate(CycleModel::DualBeat, {vector_load, vector_load}), 4U);
  EXPECT_EQ(estimate(CycleModel::DualBeat, {vector_load, product}), 3U);
  EXPECT_EQ(estimate(CycleModel::DualBeat, {vector_load, simple, product}), 5U);
  // In a loop the first overlaps with the last; the loop's end costs nothing.
  EXPECT_EQ(estimate(CycleModel::DualBeat, {vector_load, product, {4, Form::LoopEnd}}, 100, 99), 200U);
  EXPECT_EQ(cycles_of(CycleModel::DualBeat, std::vector<Instruction>{vector_load, product}, 1, 0),
            (CycleRange{2, 3, 4}));
}

TEST(Cycles, OnlyPublishedCoresHaveAModel) {
  EXPECT_EQ(cycle_model_for("cortex-m4"), CycleModel::M4);
  EXPECT_EQ(cycle_model_for("cortex-m0plus"), CycleModel::M0Plus);
  EXPECT_EQ(cycle_model_for("cortex-m55"), CycleModel::DualBeat);
  EXPECT_FALSE(cycle_model_for("cortex-m7"));
  EXPECT_FALSE(cycle_model_for("cortex-m33"));
}

}  // namespace
}  // namespace pudu::emulator
