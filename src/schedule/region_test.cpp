#include "schedule/region.hpp"

#include <gmock/gmock.h>

#include "schedule/check_schedule.hpp"
#include "schedule/make_schedule.hpp"
#include "schedule/region_cost.hpp"
#include "schedule/testing/image_program.hpp"

namespace pudu::schedule {
namespace {

using program::BufferId;
using program::RowRange;
using program::Step;
using program::StepKind;
using testing::ImageProgram;

const RegionTensor& tensor_of(const RegionTrace& trace, BufferId id) {
  for (const RegionTensor& tensor : trace.tensors) {
    if (tensor.buffer == id) return tensor;
  }
  throw std::out_of_range("no such tensor");
}

std::vector<RowRange> rows_of(const std::vector<Step>& steps, std::size_t call) {
  std::vector<RowRange> rows;
  for (const Step& step : steps) {
    if (step.kind == StepKind::Rows && step.call == call) rows.push_back(step.rows);
  }
  return rows;
}

TEST(Region, WindowsHoldTheRowsUnderTheNextKernel) {
  ImageProgram net;
  const BufferId wide = net.convolution(net.input(12, 4, 3), 8, {1});
  const BufferId deep = net.depthwise(wide, {3, 1, 1});
  net.output(net.convolution(deep, 4, {1}));
  const RowGraph graph(net.program);
  const auto trace = trace_region(graph, {0, 3}, {});
  ASSERT_TRUE(trace);
  EXPECT_EQ(tensor_of(*trace, wide).window_rows, 3);
  EXPECT_EQ(tensor_of(*trace, deep).window_rows, 1);
  EXPECT_FALSE(tensor_of(*trace, net.program.outputs[0].buffer).is_window);
  EXPECT_TRUE(tensor_of(*trace, net.program.inputs[0].buffer).dies);
  const std::vector<Step> steps = steps_of(*trace);
  EXPECT_EQ(rows_of(steps, 2).size(), 12U);
  // The first depthwise row needs two rows, for the padding above is none.
  EXPECT_EQ(steps[0], (Step{StepKind::Rows, 0, {}, {0, 1}}));
  EXPECT_EQ(steps[1], (Step{StepKind::Rows, 0, {}, {1, 2}}));
  EXPECT_EQ(steps[2], (Step{StepKind::Rows, 1, {}, {0, 1}}));
}

TEST(Region, KernelsTallerThanTheStrideKeepTheRowsThatTheyShare) {
  ImageProgram net;
  const BufferId wide = net.convolution(net.input(21, 8, 1), 4, {1});
  net.output(net.convolution(wide, 4, {10, 2, 4}));
  const RowGraph graph(net.program);
  const auto trace = trace_region(graph, {0, 2}, {});
  ASSERT_TRUE(trace);
  EXPECT_EQ(tensor_of(*trace, wide).window_rows, 10);
}

TEST(Region, RowsThatNobodyReadsAreNotComputed) {
  ImageProgram net;
  const BufferId wide = net.convolution(net.input(9, 8, 1), 4, {1});
  net.output(net.max_pool(wide, {2, 2, 0}));  // 4 rows of 2: the ninth is left over
  const RowGraph graph(net.program);
  const auto trace = trace_region(graph, {0, 2}, {});
  ASSERT_TRUE(trace);
  EXPECT_EQ(rows_of(steps_of(*trace), 0).back(), (RowRange{7, 8}));
  // Upwards the sweep begins with the rows that are read.
  const auto upwards = trace_region(graph, {0, 2}, {.sweep = Sweep::Up});
  ASSERT_TRUE(upwards);
  EXPECT_EQ(rows_of(steps_of(*upwards), 0).front(), (RowRange{7, 8}));
}

TEST(Region, PaddingIsTheOtherOneInASweepUpwards) {
  ImageProgram net;  // stride 2 over an even height: padding above, none below
  const BufferId wide = net.convolution(net.input(8, 8, 1), 4, {1});
  net.output(net.depthwise(wide, {3, 2, 1}));
  const RowGraph graph(net.program);
  const std::vector<Step> down = steps_of(trace_region(graph, {0, 2}, {}).value());
  const std::vector<Step> up = steps_of(trace_region(graph, {0, 2}, {.sweep = Sweep::Up}).value());
  const auto first_result = [](const std::vector<Step>& steps) {
    std::size_t before = 0;
    while (steps[before].call != 1) ++before;
    return before;
  };
  EXPECT_EQ(first_result(down), 2U);
  EXPECT_EQ(first_result(up), 3U);
}

TEST(Region, UpsampledRowsAreMadeOfARowThatIsThereOnce) {
  ImageProgram net;
  const BufferId x = net.convolution(net.input(6, 4, 3), 8, {1});
  const BufferId up = net.upsample(x, 3, 1);
  net.output(net.depthwise(up, {3, 1, 1}));
  const RowGraph graph(net.program);
  const auto one_by_one = trace_region(graph, {0, 3}, {});
  ASSERT_TRUE(one_by_one);
  EXPECT_EQ(tensor_of(*one_by_one, x).window_rows, 1);
  EXPECT_EQ(tensor_of(*one_by_one, up).window_rows, 3);
  for (const Sweep sweep : {Sweep::Down, Sweep::Up}) {
    const std::vector<Step> steps = steps_of(trace_region(graph, {0, 3}, {.rows_per_step = 2, .sweep = sweep}).value());
    const std::vector<RowRange> rows = rows_of(steps, 1);
    std::int32_t computed = 0;
    for (const RowRange& step : rows) {
      EXPECT_EQ(graph.call(1).form->first_step(step), step) << step.begin << " to " << step.end;
      computed += step.count();
    }
    EXPECT_EQ(computed, 17);
    EXPECT_GT(rows.size(), 9U);
  }
}

TEST(Region, AResidualHoldsTheRowsThatTheBranchIsBehind) {
  ImageProgram net;
  const BufferId x = net.convolution(net.input(12, 4, 3), 8, {1});
  const BufferId branch = net.convolution(net.depthwise(net.convolution(x, 16, {1}), {3, 1, 1}), 8, {1});
  net.output(net.convolution(net.sum(branch, x), 4, {1}));
  const RowGraph graph(net.program);
  const auto trace = trace_region(graph, {0, 6}, {});
  ASSERT_TRUE(trace);
  EXPECT_EQ(tensor_of(*trace, x).window_rows, 2);  // the row of the sum and the one that the branch is ahead
}

TEST(Region, ASumTakesThePlaceOfItsSkipOnlyWhenTheBranchIsAhead) {
  ImageProgram net;
  const BufferId x = net.input(12, 4, 8);
  net.output(net.sum(net.convolution(net.depthwise(net.convolution(x, 16, {1}), {3, 1, 1}), 8, {1}), x));
  const RowGraph expanded(net.program);
  EXPECT_TRUE(trace_region(expanded, {0, 4}, {})->in_place);

  ImageProgram other;  // the branch reads the skip itself with a window: row r + 1 of the branch needs row r
  const BufferId y = other.input(12, 4, 8);
  other.output(other.sum(other.convolution(other.depthwise(y, {3, 1, 1}), 8, {1}), y));
  const RowGraph direct(other.program);
  EXPECT_FALSE(trace_region(direct, {0, 3}, {})->in_place);
}

TEST(Region, StepsOfSeveralRowsNeedLargerWindows) {
  ImageProgram net;
  const BufferId wide = net.convolution(net.input(12, 4, 3), 8, {1});
  net.output(net.depthwise(wide, {3, 1, 1}));
  const RowGraph graph(net.program);
  const auto trace = trace_region(graph, {0, 2}, {.rows_per_step = 2});
  ASSERT_TRUE(trace);
  EXPECT_EQ(tensor_of(*trace, wide).window_rows, 4);
  EXPECT_EQ(rows_of(steps_of(*trace), 1).size(), 6U);
  const RegionCost two = profile_of_region(graph, {0, 2}, *trace).cost({}).value();
  const RegionCost one = profile_of_region(graph, {0, 2}, *trace_region(graph, {0, 2}, {})).cost({}).value();
  EXPECT_GT(two.bytes, one.bytes);
  EXPECT_LT(two.instructions, one.instructions);
}

/// Blocks of a depthwise and a pointwise convolution behind a first layer.
ImageProgram separable_blocks(int count) {
  ImageProgram net;
  BufferId x = net.convolution(net.input(26, 5, 2), 16, {3, 1, 1});
  for (int block = 0; block < count; ++block) x = net.convolution(net.depthwise(x, {3, 1, 1}), 16, {1});
  net.output(x);
  return net;
}

TEST(Region, ParkedWindowsAreFilledInOnePlace) {
  const ImageProgram net = separable_blocks(4);
  const RowGraph graph(net.program);
  for (const Sweep sweep : {Sweep::Down, Sweep::Up}) {
    const RegionForm in_place{.rows_per_step = 4, .sweep = sweep};
    const RegionForm parked{.rows_per_step = 4, .sweep = sweep, .waiting = Waiting::Parked};
    const CallRange all{0, net.program.calls.size()};
    const auto trace = trace_region(graph, all, parked);
    ASSERT_TRUE(trace);
    // Four windows of which two rows wait.
    std::vector<std::int32_t> filled;
    for (const RegionTensor& tensor : trace->tensors) {
      if (!tensor.is_parked()) continue;
      filled.push_back(tensor.filled_slot);
      EXPECT_EQ(tensor.waiting_rows, 2);
      EXPECT_EQ(tensor.window_rows, 6);
    }
    EXPECT_THAT(filled, ::testing::UnorderedElementsAre(8, 6, 4, 0));
    const std::vector<RegionChoice> apart = {{all, in_place}}, together = {{all, parked}};
    const program::MemoryMap wide = plan_schedule(net.program, make_schedule(graph, apart).value()).value();
    const program::MemoryMap map = plan_schedule(net.program, make_schedule(graph, together).value()).value();
    EXPECT_TRUE(check_schedule(net.program, map));
    // Beside the images: 8 rows wait, 6 are filled, 4 lie between two calls; without: 4 windows of 6, and 4 between.
    EXPECT_LT(map.arena_bytes, wide.arena_bytes);
    const RegionProfile less = profile_of_region(graph, all, *trace);
    const RegionProfile more = profile_of_region(graph, all, trace_region(graph, all, in_place).value());
    EXPECT_LE(less.bytes + std::size_t{8} * 5 * 16, more.bytes);
  }
}

TEST(Region, FedRowsThatNobodyNeedsFillNoParkedWindow) {
  ImageProgram net;
  BufferId x = net.convolution(net.input(27, 6, 4), 8, {2, 5, 0});  // of five rows it reads two
  for (int i = 0; i < 3; ++i) x = net.depthwise(x, {3, 1, 1});
  net.output(x);
  const RowGraph graph(net.program);
  const CallRange all{0, 4};
  const RegionForm form{.is_fed = true, .waiting = Waiting::Parked};
  const auto trace = trace_region(graph, all, form);
  ASSERT_TRUE(trace);
  const RegionTensor& fed = tensor_of(*trace, net.program.inputs[0].buffer);
  ASSERT_TRUE(fed.is_parked());
  EXPECT_EQ(fed.window_rows, 2);
  EXPECT_EQ(fed.waiting_rows, 0);
  for (const Filling& filling : trace->fillings[0]) EXPECT_EQ(filling.left, 0);
  const std::vector<RegionChoice> choices = {{all, form}};
  const auto map = plan_schedule(net.program, make_schedule(graph, choices).value());
  ASSERT_TRUE(map) << to_string(map.error());
  EXPECT_TRUE(check_schedule(net.program, *map));
}

TEST(Region, RowsThatOnlyTheNextStepReadsLieWhereItsResultComesToLie) {
  ImageProgram net;
  const BufferId x = net.input(12, 16, 8);
  const BufferId early = net.convolution(x, 8, {1});
  const BufferId late = net.convolution(x, 8, {1});
  const BufferId sum = net.sum(early, late);
  net.output(net.depthwise(sum, {3, 1, 1}));
  const RowGraph graph(net.program);
  const CallRange all{0, 4};
  for (const Sweep sweep : {Sweep::Down, Sweep::Up}) {
    const RegionForm form{.sweep = sweep};
    const auto trace = trace_region(graph, all, form);
    ASSERT_TRUE(trace);
    // Rows of the first operand wait for those of the second.
    EXPECT_FALSE(tensor_of(*trace, early).merged_into);
    ASSERT_TRUE(tensor_of(*trace, late).merged_into);
    EXPECT_EQ(trace->tensors[*tensor_of(*trace, late).merged_into].buffer, sum);
    const program::Schedule schedule = make_schedule(graph, std::vector<RegionChoice>{{all, form}}).value();
    EXPECT_EQ(schedule.shared[program::index_of(late)], (program::SharedStorage{sum, 0}));
    const program::MemoryMap map = plan_schedule(net.program, schedule).value();
    EXPECT_TRUE(check_schedule(net.program, map));
    EXPECT_EQ(map.offset(late), map.offset(sum));
  }
  // One that is returned, or that another call reads, keeps its rows.
  net.output(late);
  const auto kept = trace_region(RowGraph(net.program), all, {});
  ASSERT_TRUE(kept);
  EXPECT_FALSE(tensor_of(*kept, late).merged_into);
}

TEST(Region, ScratchLiesBetweenRowsOfTheResultAndOfTheInput) {
  ImageProgram net;
  const BufferId pooled = net.max_pool(net.input(24, 8, 16), {1});
  net.output(net.convolution(pooled, 4, {3, 2, 1}));
  const RowGraph graph(net.program);
  const CallRange all{0, 2};
  const auto profile = [&](Sweep sweep) {
    return profile_of_region(graph, all, trace_region(graph, all, {.sweep = sweep}).value());
  };
  const RegionProfile down = profile(Sweep::Down), up = profile(Sweep::Up);
  const std::size_t row = 8 * 16, result_row = 4 * 4, image = 24 * row, window = 3 * row;
  ASSERT_EQ(down.bytes, image + window);
  ASSERT_EQ(up.bytes, image + window);
  // Before its first row the second convolution has read two rows of the image or, upwards, where the padding is at the
  // end, three.
  ASSERT_EQ(down.calls[1].bytes, image + window);
  EXPECT_EQ(down.calls[1].bytes_less_gap, image + window - 2 * row + result_row);
  EXPECT_EQ(up.calls[1].bytes_less_gap, image + window - 3 * row + result_row);
  const std::size_t scratch = up.calls[1].offers.front().scratch_bytes;
  ASSERT_GT(scratch, 2 * row - result_row);
  ASSERT_LE(scratch, 3 * row - result_row);
  EXPECT_EQ(up.least_bytes(), down.least_bytes());
  EXPECT_GT(down.least_bytes(Gap::HoldsScratch), image + window);
  EXPECT_EQ(up.least_bytes(Gap::HoldsScratch), image + window);
  EXPECT_FALSE(down.cost({.bytes = image + window, .gap = Gap::HoldsScratch}));
  // The packing reaches it.
  const std::vector<RegionChoice> upwards = {{all, RegionForm{.sweep = Sweep::Up}}};
  const program::MemoryMap map = plan_schedule(net.program, make_schedule(graph, upwards).value()).value();
  EXPECT_EQ(map.arena_bytes, image + window);
  EXPECT_TRUE(check_schedule(net.program, map));
}

TEST(Region, SlackRowsSpareSlides) {
  ImageProgram net;
  const BufferId wide = net.convolution(net.input(12, 4, 3), 8, {1});
  net.output(net.depthwise(wide, {3, 1, 1}));
  const RowGraph graph(net.program);
  const auto slides = [&](std::int32_t slack) {
    const std::vector<Step> steps = steps_of(*trace_region(graph, {0, 2}, {.slack_rows = slack}));
    return std::count_if(steps.begin(), steps.end(), [](const Step& step) { return step.kind == StepKind::Slide; });
  };
  EXPECT_EQ(slides(0), 9);
  EXPECT_EQ(slides(2), 3);
}

TEST(Region, FedInputsArriveRowByRowAndAllOfThem) {
  ImageProgram net;
  const BufferId x = net.input(9, 8, 1);
  net.output(net.max_pool(x, {2, 2, 0}));
  const RowGraph graph(net.program);
  const auto trace = trace_region(graph, {0, 1}, {.is_fed = true});
  ASSERT_TRUE(trace);
  EXPECT_EQ(tensor_of(*trace, x).window_rows, 2);
  std::int32_t fed = 0;
  for (const Step& step : steps_of(*trace)) fed += step.kind == StepKind::Feed ? step.rows.count() : 0;
  EXPECT_EQ(fed, 9);
}

TEST(Region, WhatAnOperandNeedsWholeIsMadeOutside) {
  ImageProgram net;
  const BufferId x = net.input(8, 8, 4);
  net.output(net.convolution(net.pool_all(net.convolution(x, 4, {1})), 4, {1}));
  const RowGraph graph(net.program);
  // A pool over the image has one row, which needs all of the convolution's: a window of the whole image.
  const auto trace = trace_region(graph, {0, 3}, {});
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->tensors[1].window_rows, 8);
}

}  // namespace
}  // namespace pudu::schedule
