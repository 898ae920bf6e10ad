// conv2d_lanes_s8 against conv2d_s8, which its own test proves against the plain sum: every small window, random larger
// shapes, weights that allow runs of one and of many. The code for the device is compared in tests/qemu.
#include "kernels/conv2d_lanes/conv2d_lanes_s8.hpp"

#include <gtest/gtest.h>

#include <set>

#include "kernels/conv2d_lanes/check_operand.hpp"
#include "kernels/conv2d_lanes/prepare.hpp"
#include "kernels/testing/layer_shapes.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;
using conv2d_lanes::Step;

/// Compares with conv2d_s8; gives the steps that channels took.
void check(const Conv2dShape& shape, Random& random, std::set<Step>& steps) {
  const Conv2dS8Params sizes = params_of(shape);
  if (sizes.output_h == 0 || sizes.output_w == 0) return;
  const auto [p, channels, input, weights, expected] = random_conv2d(shape, random, 1 << random.between(0, 7));
  const conv2d_lanes::Layer layer{weights.data(), channels.bias.data(), channels.multipliers.data(),
                                  channels.shifts.data()};
  Conv2dLanesS8Params q = conv2d_lanes::params_of(p);
  const auto prepared = conv2d_lanes::prepare_channels(q, layer);
  for (const auto& channel : prepared) steps.insert(channel.fitted.step);
  const std::vector<std::uint8_t> streams = random.one_in(2)
                                                ? conv2d_lanes::make_streams(q, layer, prepared)
                                                : conv2d_lanes::make_records(q, layer, prepared, random.between(1, 5));
  GuardedBuffer<std::int8_t> output(expected.size());
  GuardedBuffer<std::uint8_t> scratch(Conv2dLanesS8::scratch_bytes(q, Isa::Scalar));
  Conv2dLanesS8::run(q, {input.data(), streams.data(), output.data(), scratch.data()});
  ASSERT_EQ(output.values(), expected) << describe(q);
}

TEST(Conv2dLanesS8, EverySmallWindow) {
  Random random(1);
  std::set<Step> steps;
  for_small_windows(random, {.least_output_channels = 1, .widest = 9},
                    [&](const Conv2dShape& shape) { check(shape, random, steps); });
  EXPECT_EQ(steps.size(), 6U) << "every form has to be met";
}

TEST(Conv2dLanesS8, PointwiseOfEveryNumberOfChannels) {
  Random random(2);
  std::set<Step> steps;
  for_pointwise_of_many_channels(random, 1, [&](const Conv2dShape& shape) { check(shape, random, steps); });
}

TEST(Conv2dLanesS8, LargerShapes) {
  Random random(3);
  std::set<Step> steps;
  for_larger_convolutions(random, 1, [&](const Conv2dShape& shape) { check(shape, random, steps); });
}

bool is_operand(const Conv2dLanesS8Params& p, const std::vector<std::uint8_t>& bytes) {
  std::vector<std::int32_t> words(bytes.size() / 4);
  std::memcpy(words.data(), bytes.data(), words.size() * 4);
  return conv2d_lanes::is_operand(p, words.data(), words.size());
}

/// With bits turned over, an operand is refused, or the kernel stays within its memory.
TEST(Conv2dLanesS8, DamagedOperandsAreRefusedOrRun) {
  Random random(5);
  const Conv2dS8Params base =
      params_of({.h = 4, .w = 4, .in = 9, .out = 3, .kh = 3, .kw = 3, .top = 1, .left = 1, .bottom = 1, .right = 1});
  const auto weights = random.codes(3 * 81), input = random.codes(16 * 9);
  const std::vector<std::int32_t> bias = {1, 2, 3}, multipliers(3, 1 << 30), shifts = {-8, -13, 2};
  const conv2d_lanes::Layer layer{weights.data(), bias.data(), multipliers.data(), shifts.data()};
  int refused = 0, run = 0;
  for (int i = 0; i < 1600; ++i) {
    Conv2dLanesS8Params p = conv2d_lanes::params_of(base);
    p.output_offset = -128, p.activation_min = -128, p.activation_max = 127;
    const auto channels = conv2d_lanes::prepare_channels(p, layer);
    std::vector<std::uint8_t> operand =
        i % 2 != 0 ? conv2d_lanes::make_streams(p, layer, channels) : conv2d_lanes::make_records(p, layer, channels, 2);
    ASSERT_TRUE(is_operand(p, operand));
    const std::vector<std::uint8_t> shorter(operand.begin(), operand.end() - 4);
    ASSERT_FALSE(is_operand(p, shorter));
    const std::int32_t last = static_cast<std::int32_t>(operand.size()) - 1;
    operand[static_cast<std::size_t>(random.between(0, random.one_in(2) ? 40 : last))] ^=
        static_cast<std::uint8_t>(1 << random.between(0, 7));
    if (!is_operand(p, operand)) {
      ++refused;
      continue;
    }
    ++run;
    GuardedBuffer<std::int8_t> output(16 * 3);
    GuardedBuffer<std::uint8_t> scratch(Conv2dLanesS8::scratch_bytes(p, Isa::Scalar));
    Conv2dLanesS8::run(p, {input.data(), operand.data(), output.data(), scratch.data()});
  }
  EXPECT_GT(refused, 200);
  EXPECT_GT(run, 200);
}

std::vector<int> runs_of(const std::vector<std::int8_t>& weights) {
  std::vector<int> lengths;
  for (const std::uint8_t length :
       conv2d_lanes::divide_into_runs(weights.data(), static_cast<std::int32_t>(weights.size()))) {
    lengths.push_back(length);
  }
  return lengths;
}

TEST(Conv2dLanesS8, RunsEndWhereSumsCouldLeave16Bits) {
  EXPECT_EQ(runs_of({-128, -127, 1}), std::vector<int>{3});
  EXPECT_EQ(runs_of({-128, -128, -128}), (std::vector<int>{1, 1, 1}));
  // -32768, from which the lower half would borrow out of the word.
  EXPECT_EQ(runs_of({127, 127, 2}).size(), 2U);
  EXPECT_EQ(runs_of(std::vector<std::int8_t>(25, 0)), (std::vector<int>{1, 24}));
  EXPECT_EQ(runs_of(std::vector<std::int8_t>(48, 1)), (std::vector<int>{24, 24}));
}

}  // namespace
}  // namespace pudu::kernels
