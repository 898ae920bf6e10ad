// depthwise_conv2d_lanes_s8 against depthwise_conv2d_s8, which its own test proves against plain loops: both ways to
// lay the plane and to pair outputs, both kinds of constants. The loops for the device are compared in tests/qemu.
#include "kernels/depthwise_conv2d_lanes/depthwise_conv2d_lanes_s8.hpp"

#include <gtest/gtest.h>

#include <set>

#include "kernels/depthwise_conv2d_lanes/prepare.hpp"
#include "kernels/testing/prepared.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;
namespace lanes = depthwise_conv2d_lanes;

struct Shape {
  std::int32_t batches = 1, h = 8, w = 8, channels = 3, stride = 1, top = 1, left = 1, bottom = 1, right = 1;
};

DepthwiseConv2dS8Params base_params(const Shape& s, const PreparedChannels& channels, Random& random) {
  DepthwiseConv2dS8Params p{};
  p.batches = s.batches;
  p.input_h = s.h, p.input_w = s.w, p.input_channels = p.output_channels = s.channels;
  p.output_h = output_extent(s.h, s.top + s.bottom, 3, 1, s.stride);
  p.output_w = output_extent(s.w, s.left + s.right, 3, 1, s.stride);
  p.kernel_h = p.kernel_w = 3, p.stride_h = p.stride_w = s.stride;
  p.pad_top = s.top, p.pad_left = s.left, p.dilation_h = p.dilation_w = 1, p.depth_multiplier = 1;
  p.input_offset = -random.zero_point(), p.output_offset = channels.output_offset;
  p.activation_min = channels.activation_min, p.activation_max = channels.activation_max;
  return p;
}

/// What the tests have met.
struct Met {
  std::set<std::int32_t> words, forms;
  std::int32_t patterns = 0;
};

struct Case {
  DepthwiseConv2dS8Params base;
  std::vector<std::int8_t> input, weights, expected;
  PreparedChannels channels;
};

void check_run(const Case& test, const DepthwiseConv2dLanesS8Params& p, const std::vector<std::int8_t>& packed,
               const std::int32_t* constants) {
  GuardedBuffer<std::int8_t> output(test.expected.size());
  GuardedBuffer<std::uint8_t> scratch(DepthwiseConv2dLanesS8::scratch_bytes(p, Isa::Scalar));
  DepthwiseConv2dLanesS8::run(p, {test.input.data(), packed.data(), constants, output.data(), scratch.data()});
  ASSERT_EQ(output.values(), test.expected) << describe(p);
}

void check_prepared(const Case& test, std::int32_t down, std::int32_t along, Met& met) {
  const lanes::Layer layer{test.weights.data(), test.channels.bias.data(), test.channels.multipliers.data(),
                           test.channels.shifts.data()};
  DepthwiseConv2dLanesS8Params p = lanes::params_of(test.base, down, along);
  const auto channels = static_cast<std::size_t>(p.channels);
  std::vector<std::int8_t> packed(12 * channels);
  double runs = 0;
  ASSERT_TRUE(lanes::pack_weights(p, test.weights.data(), packed.data(), runs));
  met.patterns |= p.patterns;
  std::vector<std::int32_t> seven(7 * channels), words(7 * channels);
  std::int32_t general = 0, rounded = 0;
  if (lanes::fit_lanes_constants(layer, p, seven.data(), general)) {
    lanes::copy_constants(p, seven.data(), words.data());
    met.words.insert(p.channel_words);
    check_run(test, p, packed, words.data());
  }
  for (const RequantizeForm form : all_forms) {
    p.form = static_cast<std::int32_t>(form);
    std::vector<ChannelConstants> constants(channels);
    if (!lanes::fit_form_constants(layer, p, constants.data(), rounded)) continue;
    met.forms.insert(p.form);
    check_run(test, p, packed, &constants.front().bias);
  }
}

void check(const Shape& s, Random& random, Met& met) {
  Case test;
  test.channels = random_prepared_channels(random, s.channels, 9);
  test.base = base_params(s, test.channels, random);
  if (test.base.output_h < 1 || test.base.output_w < 1) return;
  test.input = random.codes(static_cast<std::size_t>(s.batches * s.h * s.w * s.channels));
  test.weights = random.codes(static_cast<std::size_t>(9 * s.channels));
  const std::int32_t most = random.between(1, 127);  // small weights have few runs
  for (std::int8_t& weight : test.weights) weight = static_cast<std::int8_t>(weight % (most + 1));
  test.expected.resize(static_cast<std::size_t>(s.batches * test.base.output_h * test.base.output_w * s.channels));
  DepthwiseConv2dS8Operands operands{};
  operands.input = test.input.data(), operands.weights = test.weights.data();
  operands.bias = test.channels.bias.data(), operands.multipliers = test.channels.multipliers.data();
  operands.shifts = test.channels.shifts.data(), operands.output = test.expected.data();
  DepthwiseConv2dS8::run(test.base, operands);
  for (const std::int32_t down : {0, 1}) {
    for (const std::int32_t along : {0, 1}) check_prepared(test, down, along, met);
  }
}

TEST(DepthwiseConv2dLanesS8, EverySmallSize) {
  Random random(1);
  Met met;
  for (std::int32_t h = 1; h <= 9; ++h) {
    for (std::int32_t w = 1; w <= 9; ++w) {
      for (const std::int32_t stride : {1, 2}) {
        check({1, h, w, random.between(1, 5), stride, random.between(0, 2), random.between(0, 2), random.between(0, 2),
               random.between(0, 2)},
              random, met);
      }
    }
  }
  EXPECT_EQ(met.words.size(), 2U) << "with and without a pivot";
  EXPECT_EQ(met.forms.size(), std::size(all_forms));
  EXPECT_GE(__builtin_popcount(static_cast<unsigned>(met.patterns)), 12);
}

TEST(DepthwiseConv2dLanesS8, LargerImages) {
  Random random(2);
  Met met;
  for (int i = 0; i < 12; ++i) {
    check({random.between(1, 2), random.between(10, 40), random.between(10, 40), random.between(1, 20),
           random.between(1, 2)},
          random, met);
  }
  EXPECT_GT(met.patterns, 0);
}

}  // namespace
}  // namespace pudu::kernels
