#include "schedule/plan_streamed.hpp"

#include <gmock/gmock.h>

#include <map>

#include "schedule/check_schedule.hpp"
#include "schedule/live_extents.hpp"
#include "schedule/make_schedule.hpp"
#include "schedule/row_shapes.hpp"
#include "schedule/split_pools.hpp"
#include "schedule/testing/image_program.hpp"
#include "simulator/simulator.hpp"

namespace pudu::schedule {
namespace {

using program::BufferId;
using program::index_of;
using program::MemoryMap;
using program::Program;
using program::StepKind;
using testing::ImageProgram;
using testing::Window;
using Bytes = std::vector<std::byte>;

std::vector<Bytes> outputs_of(const Program& program, const MemoryMap& map, const Bytes& input) {
  auto simulator = simulator::Simulator::create(program, map, simulator::FreeMemory::Poisoned);
  if (!simulator) throw std::runtime_error(to_string(simulator.error()));
  auto outputs = simulator->run({{input}});
  if (!outputs) throw std::runtime_error(to_string(outputs.error()));
  return std::move(*outputs);
}

MemoryMap layerwise(const Program& program) {
  MemoryMap map = plan_schedule(program, program::layerwise_schedule(program)).value();
  map.schedule.reset();
  return map;
}

enum class Layout { Nhwc, Nchw };

/// A network of random layers: windows of all kinds, residuals, upsampling, now and then a second output.
ImageProgram random_network(std::uint32_t seed, Layout layout = Layout::Nhwc) {
  ImageProgram net(seed);
  std::mt19937 random(seed + 1000);
  const auto pick = [&](std::int32_t from, std::int32_t to) {
    return std::uniform_int_distribution<std::int32_t>(from, to)(random);
  };
  const std::int32_t height = pick(6, 20), width = pick(3, 9), channels = pick(1, 4);
  BufferId x = layout == Layout::Nhwc ? net.input(height, width, channels) : net.nchw_input(height, width, channels);
  std::vector<BufferId> earlier;
  for (int layer = pick(2, 9); layer > 0; --layer) {
    const std::int32_t kernel = pick(1, 5);
    const Window window{kernel, pick(1, 2), pick(0, kernel / 2)};
    const bool fits = net.shape(x)[1] + 2 * window.pad >= kernel && net.shape(x)[2] + 2 * window.pad >= kernel;
    earlier.push_back(x);
    const bool is_small = net.shape(x)[1] * net.shape(x)[2] <= 120;
    switch (pick(0, 9)) {
      case 0:
        x = net.convolution(x, pick(1, 6), {1});
        break;
      case 1:
        if (fits) x = net.convolution(x, pick(1, 6), window);
        break;
      case 2:
        if (fits) x = net.depthwise(x, window);
        break;
      case 3:
        if (fits && window.pad < kernel) x = net.max_pool(x, window);
        break;
      case 4:
        if (is_small) {
          const std::int32_t factor = pick(1, 3);
          x = net.upsample(x, factor, factor > 1 ? pick(0, 1) : 0);
        }
        break;
      case 5:
        if (is_small && kernel >= window.stride && kernel > 2 * window.pad) {
          x = net.transposed_convolution(x, pick(1, 4), window);
        }
        break;
      case 6:
        if (net.shape(x)[1] > 4 && net.shape(x)[2] > 2) x = net.crop(x, pick(0, 2));
        break;
      case 7: {
        const BufferId skip = earlier[static_cast<std::size_t>(pick(0, static_cast<int>(earlier.size()) - 1))];
        const bool is_one_size = net.shape(skip)[1] == net.shape(x)[1] && net.shape(skip)[2] == net.shape(x)[2];
        if (is_one_size) x = net.concat(x, skip);
        break;
      }
      default: {
        const BufferId skip = earlier[static_cast<std::size_t>(pick(0, static_cast<int>(earlier.size()) - 1))];
        if (skip != x && net.shape(skip) == net.shape(x)) x = net.sum(x, skip);
        break;
      }
    }
    if (pick(0, 9) == 0 && net.program.calls.size() > 1 && net.program.outputs.empty()) net.output(x);
  }
  x = net.convolution(x, 3, {1});
  net.output(pick(0, 1) == 0 ? x : net.pool_all(x));
  return net;
}

bool runs_rows(const MemoryMap& map) {
  return map.schedule && std::any_of(map.schedule->steps.begin(), map.schedule->steps.end(),
                                     [](const program::Step& step) { return step.kind == StepKind::Rows; });
}

class RandomNetworks : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomNetworks, GiveTheBytesOfWholeCallsInLessMemory) {
  ImageProgram net = random_network(GetParam());
  ASSERT_TRUE(program::verify(net.program));
  const Bytes input = net.random_bytes(net.program.buffer(net.program.inputs[0].buffer).bytes());
  const MemoryMap whole = layerwise(net.program);
  const std::vector<Bytes> expected = outputs_of(net.program, whole, input);
  const auto plan = plan_streamed(net.program, {.plan_seconds = 0.05});
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_LE(plan->map.arena_bytes, whole.arena_bytes);
  EXPECT_EQ(outputs_of(net.program, plan->map, input), expected);
  // The fastest plan that fits is no larger, and no slower than the smallest.
  const auto fast = plan_streamed(
      net.program, {.arena_bytes = (plan->map.arena_bytes + whole.arena_bytes) / 2, .plan_seconds = 0.05});
  ASSERT_TRUE(fast) << to_string(fast.error());
  EXPECT_LE(fast->map.arena_bytes, (plan->map.arena_bytes + whole.arena_bytes) / 2);
  // Whole layers with views are tried only where no plan fits the limit.
  if (runs_rows(plan->map)) {
    EXPECT_LE(fast->instructions, plan->instructions);
  }
  EXPECT_EQ(outputs_of(net.program, fast->map, input), expected);
}

/// Whole calls in a plan by rows lie over their inputs as far as in a plan layer by layer.
TEST_P(RandomNetworks, NeedNoMoreByRowsThanLayerByLayer) {
  for (const Layout layout : {Layout::Nhwc, Layout::Nchw}) {
    ImageProgram net = random_network(GetParam(), layout);
    const Bytes input = net.random_bytes(net.program.buffer(net.program.inputs[0].buffer).bytes());
    const std::vector<Bytes> expected = outputs_of(net.program, layerwise(net.program), input);
    const auto whole = plan_layerwise(net.program, 0.05);
    ASSERT_TRUE(whole) << to_string(whole.error());
    EXPECT_EQ(outputs_of(net.program, *whole, input), expected);
    const auto plan = plan_streamed(net.program, {.plan_seconds = 0.05});
    ASSERT_TRUE(plan) << to_string(plan.error());
    EXPECT_LE(plan->map.arena_bytes, whole->arena_bytes);
    EXPECT_EQ(outputs_of(net.program, plan->map, input), expected);
  }
}

TEST_P(RandomNetworks, GiveTheSameBytesWithSplitPoolsAndFedByRows) {
  ImageProgram net = random_network(GetParam());
  const Bytes input = net.random_bytes(net.program.buffer(net.program.inputs[0].buffer).bytes());
  const std::vector<Bytes> expected = outputs_of(net.program, layerwise(net.program), input);
  split_pools(net.program, splittable_pools(net.program));
  ASSERT_TRUE(program::verify(net.program));
  const auto plan = plan_streamed(net.program, {.is_fed = true, .plan_seconds = 0.05});
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_EQ(outputs_of(net.program, plan->map, input), expected);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomNetworks, ::testing::Range(1U, 131U));

/// Down by pools and convolutions, up by nearest upsampling and transposed convolutions, with skips between.
ImageProgram random_unet(std::uint32_t seed) {
  ImageProgram net(seed);
  std::mt19937 random(seed + 2000);
  const auto pick = [&](std::int32_t from, std::int32_t to) {
    return std::uniform_int_distribution<std::int32_t>(from, to)(random);
  };
  const std::int32_t levels = pick(1, 3), height = pick(1, 4) << levels, width = pick(1, 2) << levels;
  BufferId x = net.convolution(net.input(height, width, pick(1, 3)), pick(2, 5), {3, 1, 1});
  std::vector<BufferId> skips;
  for (std::int32_t level = 0; level < levels; ++level) {
    skips.push_back(x);
    x = pick(0, 1) == 0 ? net.max_pool(x, {2, 2, 0}) : net.depthwise(x, {2, 2, 0});
    x = net.convolution(x, pick(2, 8), {3, 1, 1});
  }
  for (; !skips.empty(); skips.pop_back()) {
    switch (pick(0, 2)) {
      case 0:
        x = net.upsample(x, 2);
        break;
      case 1:
        x = net.transposed_convolution(x, pick(2, 5), {2, 2, 0});
        break;
      default:
        x = net.transposed_convolution(x, pick(2, 5), {4, 2, 1});
        break;
    }
    x = net.concat(x, skips.back());
    x = net.convolution(x, pick(2, 5), {3, 1, 1});
  }
  net.output(net.convolution(x, 2, {1}));
  return net;
}

class RandomUNets : public ::testing::TestWithParam<std::uint32_t> {};

TEST_P(RandomUNets, GiveTheBytesOfWholeCallsInLessMemory) {
  ImageProgram net = random_unet(GetParam());
  ASSERT_TRUE(program::verify(net.program));
  const Bytes input = net.random_bytes(net.program.buffer(net.program.inputs[0].buffer).bytes());
  const std::vector<Bytes> expected = outputs_of(net.program, layerwise(net.program), input);
  const auto whole = plan_layerwise(net.program, 0.05);
  ASSERT_TRUE(whole) << to_string(whole.error());
  for (const bool is_fed : {false, true}) {
    const auto plan = plan_streamed(net.program, {.is_fed = is_fed, .plan_seconds = 0.05});
    ASSERT_TRUE(plan) << to_string(plan.error());
    if (!is_fed) {
      EXPECT_LE(plan->map.arena_bytes, whole->arena_bytes);
    }
    EXPECT_EQ(outputs_of(net.program, plan->map, input), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomUNets, ::testing::Range(1U, 61U));

TEST(PlanStreamed, HoldsFewRowsOfWhatUpsamplingMakes) {
  ImageProgram net;
  const BufferId skip = net.convolution(net.input(32, 32, 1), 8, {3, 1, 1});
  const BufferId low = net.convolution(net.max_pool(skip, {2, 2, 0}), 16, {3, 1, 1});
  const BufferId up = net.concat(net.upsample(low, 2), skip);
  net.output(net.convolution(net.convolution(up, 8, {3, 1, 1}), 1, {1}));
  const auto plan = plan_streamed(net.program, {});
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_LT(plan->map.arena_bytes, layerwise(net.program).arena_bytes / 6);
}

/// An inverted bottleneck with its residual between two convolutions.
ImageProgram bottleneck() {
  ImageProgram net;
  const BufferId x = net.convolution(net.input(48, 48, 3), 8, {3, 2, 1});
  const BufferId branch = net.convolution(net.depthwise(net.convolution(x, 48, {1}), {3, 1, 1}), 8, {1});
  net.output(net.convolution(net.sum(branch, x), 16, {3, 2, 1}));
  return net;
}

TEST(PlanStreamed, NeedsAFractionOfTheLayersMemory) {
  const ImageProgram net = bottleneck();
  const MemoryMap whole = layerwise(net.program);
  const auto plan = plan_streamed(net.program, {});
  ASSERT_TRUE(plan);
  EXPECT_LT(plan->map.arena_bytes, whole.arena_bytes / 3);
  const auto fed = plan_streamed(net.program, {.is_fed = true});
  ASSERT_TRUE(fed);
  EXPECT_LT(fed->map.arena_bytes, plan->map.arena_bytes);
}

TEST(PlanStreamed, WithALimitAboveTheLayersPlanNothingRunsByRows) {
  const ImageProgram net = bottleneck();
  const auto plan = plan_streamed(net.program, {.arena_bytes = layerwise(net.program).arena_bytes});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->instructions, 0);
}

TEST(PlanStreamed, GivesTheSmallestPlanWhenNoneFits) {
  const ImageProgram net = bottleneck();
  const auto plan = plan_streamed(net.program, {.arena_bytes = 64});
  ASSERT_TRUE(plan);
  EXPECT_GT(plan->map.arena_bytes, 64U);
  EXPECT_LE(plan->map.arena_bytes, plan_streamed(net.program, {})->map.arena_bytes);
}

std::string why_not_fed(const ImageProgram& net) {
  const auto plan = plan_streamed(net.program, {.is_fed = true});
  return plan ? "it is fed" : to_string(plan.error());
}

TEST(PlanStreamed, AProgramWithoutCallsHasNothingToCut) {
  ImageProgram net;
  net.output(net.input(4, 4, 3));
  const auto plan = plan_streamed(net.program, {});
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_EQ(plan->map.arena_bytes, 48U);
  EXPECT_TRUE(plan_streamed(net.program, {.arena_bytes = 16}));
  EXPECT_TRUE(plan_streamed(net.program, {.step_memory = StepMemory{200, 64}}));
  EXPECT_THAT(why_not_fed(net), ::testing::HasSubstr("no call reads an input"));
}

TEST(PlanStreamed, SaysWhatKeepsAnInputFromBeingFed) {
  ImageProgram transposed;
  transposed.output(transposed.convolution(transposed.nchw_input(8, 8, 4), 4, {1}));
  EXPECT_THAT(why_not_fed(transposed), ::testing::HasSubstr("op0 reads an input and does not work by rows"));
  ImageProgram twice;
  const BufferId x = twice.input(1, 1, 4);
  const BufferId turned = twice.turn(twice.convolution(x, 4, {1}));
  twice.output(twice.sum(turned, x));
  EXPECT_THAT(why_not_fed(twice),
              ::testing::HasSubstr("op1 runs between op0 and op2, which read an input, and does not work by rows"));
  ImageProgram returned;
  const BufferId y = returned.input(8, 8, 4);
  returned.output(returned.convolution(y, 4, {1}));
  returned.output(y);
  EXPECT_THAT(why_not_fed(returned), ::testing::HasSubstr("an input is an output, too"));
  ImageProgram two;
  const BufferId left = two.input(8, 8, 4);
  two.output(two.sum(two.convolution(left, 4, {1}), two.input(8, 8, 4)));
  EXPECT_THAT(why_not_fed(two), ::testing::HasSubstr("2 inputs, and feed_row() takes rows of one"));
}

TEST(CheckSchedule, FindsEveryFault) {
  const ImageProgram net = bottleneck();
  const MemoryMap sound = plan_streamed(net.program, {})->map;
  ASSERT_TRUE(check_schedule(net.program, sound));
  // Without any one of its steps of rows a later one lacks something.
  for (std::size_t i = 0; i < sound.schedule->steps.size(); i += 7) {
    MemoryMap map = sound;
    if (map.schedule->steps[i].kind != StepKind::Rows) continue;
    map.schedule->steps.erase(map.schedule->steps.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(check_schedule(net.program, map)) << "without step " << i;
  }
  std::map<std::size_t, int> found;
  for (const program::Buffer& buffer : net.program.buffers) {
    const std::size_t index = index_of(buffer.id);
    if (sound.schedule->window_rows[index] < 2) continue;
    MemoryMap map = sound;
    --map.schedule->window_rows[index];
    EXPECT_FALSE(check_schedule(net.program, map)) << buffer.name;
    ++found[0];
  }
  EXPECT_GT(found[0], 0);
  MemoryMap small = sound;
  --small.arena_bytes;
  EXPECT_FALSE(check_schedule(net.program, small));
}

TEST(LiveExtents, RowsDieWhenTheyAreRead) {
  ImageProgram net;
  const BufferId x = net.input(6, 4, 4);
  const BufferId y = net.convolution(x, 4, {1});
  net.output(y);
  const RowGraph graph(net.program);
  const std::vector<RegionChoice> choices = {{{0, 1}, RegionForm{.rows_per_step = 2}}};
  const program::Schedule schedule = make_schedule(graph, choices).value();
  const std::vector<BufferExtents> extents = live_extents(net.program, schedule);
  using program::LiveExtent;
  EXPECT_THAT(extents[index_of(x)].extents,
              ::testing::ElementsAre(LiveExtent{0, 1, 0, 32}, LiveExtent{0, 2, 32, 64}, LiveExtent{0, 3, 64, 96}));
  EXPECT_THAT(extents[index_of(y)].extents,
              ::testing::ElementsAre(LiveExtent{0, 3, 0, 32}, LiveExtent{1, 3, 32, 64}, LiveExtent{2, 3, 64, 96}));
}

TEST(RowShapes, SequencesHaveARowForEveryPosition) {
  ImageProgram net;
  const BufferId x = net.input(1, 40, 6);
  const BufferId y = net.convolution(x, 6, {1});
  net.output(net.pool_all(y));
  const Bytes input = net.random_bytes(240);
  const MemoryMap whole = layerwise(net.program);
  const std::vector<Bytes> expected = outputs_of(net.program, whole, input);
  ASSERT_TRUE(give_row_shapes(net.program));
  EXPECT_THAT(net.shape(x), ::testing::ElementsAre(1, 40, 1, 6));
  EXPECT_THAT(net.shape(y), ::testing::ElementsAre(1, 40, 1, 6));
  EXPECT_FALSE(give_row_shapes(net.program));
  split_pools(net.program, splittable_pools(net.program));
  ASSERT_EQ(net.program.calls.size(), 3U);
  const auto plan = plan_streamed(net.program, {.is_fed = true, .plan_seconds = 0.05});
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_LT(plan->map.arena_bytes, 100U);
  EXPECT_EQ(outputs_of(net.program, plan->map, input), expected);
}

/// One channel by another name, as between a call that works on NCHW and a convolution.
TEST(RowShapes, OfReshapedImagesAreThoseOfConvolutions) {
  ImageProgram net;
  const BufferId x = net.input(16, 16, 1);
  const BufferId y = net.turned(x);
  net.output(net.convolution(net.convolution(y, 16, {3, 2, 1}), 4, {3, 2, 1}));
  net.program.buffer(y).shape = {1, 16, 1, 16};
  const Bytes input = net.random_bytes(256);
  const MemoryMap whole = layerwise(net.program);
  const std::vector<Bytes> expected = outputs_of(net.program, whole, input);
  ASSERT_TRUE(give_row_shapes(net.program));
  EXPECT_THAT(net.shape(y), ::testing::ElementsAre(1, 16, 16, 1));
  EXPECT_FALSE(give_row_shapes(net.program));
  const auto plan = plan_streamed(net.program, {.plan_seconds = 0.05});
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_LT(plan->map.arena_bytes, whole.arena_bytes * 2 / 3);
  EXPECT_EQ(outputs_of(net.program, plan->map, input), expected);
}

TEST(RowShapes, LeaveWhatIsReadAsTwoImages) {
  ImageProgram net;
  const BufferId x = net.input(8, 4, 2);
  const BufferId y = net.convolution(x, 2, {1});
  net.program.buffer(x).shape = {1, 4, 8, 2};
  const BufferId z = net.convolution(x, 2, {1});
  net.program.buffer(x).shape = {1, 16, 2, 2};
  net.output(y), net.output(z);
  EXPECT_FALSE(give_row_shapes(net.program));
  EXPECT_THAT(net.shape(x), ::testing::ElementsAre(1, 16, 2, 2));
}

TEST(RowShapes, LeaveImagesVectorsAndBatches) {
  ImageProgram net;
  const BufferId image = net.input(3, 4, 5), vector = net.input(1, 1, 5), batch = net.input(1, 4, 5);
  net.program.buffer(batch).shape = {2, 4, 1, 5};
  EXPECT_FALSE(give_row_shapes(net.program));
  EXPECT_THAT(net.shape(image), ::testing::ElementsAre(1, 3, 4, 5));
  EXPECT_THAT(net.shape(vector), ::testing::ElementsAre(1, 1, 1, 5));
  EXPECT_THAT(net.shape(batch), ::testing::ElementsAre(2, 4, 1, 5));
}

TEST(SplitPools, LeavesOutPoolsWithSeveralWindows) {
  ImageProgram net;
  const BufferId x = net.input(8, 8, 4);
  const BufferId y = net.max_pool(x, {2, 2, 0});
  net.output(net.pool_all(y));
  const std::set<std::string> pools = splittable_pools(net.program);
  EXPECT_THAT(pools, ::testing::ElementsAre("op1"));
  split_pools(net.program, pools);
  ASSERT_EQ(net.program.calls.size(), 3U);
  EXPECT_EQ(net.program.calls[1].kernel, "row_sums_s8");
  EXPECT_EQ(net.program.calls[2].kernel, "mean_of_sums_s8");
  EXPECT_TRUE(program::verify(net.program));
}

}  // namespace
}  // namespace pudu::schedule
