// pointwise_s4 against conv2d_s8 and linear_s8 with the same weights, which their own tests prove against plain sums.
#include "kernels/pointwise_s4/pointwise_s4.hpp"

#include <gtest/gtest.h>

#include "kernels/pointwise_s4/prepare.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

std::vector<std::int8_t> random_int4(Random& random, std::size_t count) {
  std::vector<std::int8_t> codes(count);
  for (std::int8_t& code : codes) code = static_cast<std::int8_t>(random.between(-8, 7));
  return codes;
}

/// What a layer's constants become.
struct Prepared {
  std::vector<std::uint8_t> weights;
  std::vector<std::int32_t> bias;
};

/// Nothing when a bias does not fit.
bool prepare(const PointwiseS4Params& p, std::int32_t input_offset, const std::vector<std::int8_t>& weights,
             const std::int32_t* bias, Prepared& prepared) {
  EXPECT_TRUE(pointwise_s4::fits(weights.data(), weights.size()));
  prepared.weights.resize(pointwise_s4::packed_weight_bytes(p));
  pointwise_s4::pack_weights(p, weights.data(), prepared.weights.data());
  prepared.bias.resize(static_cast<std::size_t>(p.output_channels));
  return pointwise_s4::fold_biases(p, input_offset, weights.data(), bias, prepared.bias.data());
}

void check_linear(std::int32_t batches, std::int32_t in, std::int32_t out, Random& random) {
  const Clamp clamp = random_clamp(random);
  const LinearS8Params p{batches, in, out, -random.zero_point(), random.zero_point(), clamp.low, clamp.high};
  const auto input = random.codes(static_cast<std::size_t>(batches * in));
  const auto weights = random_int4(random, static_cast<std::size_t>(out * in));
  const ChannelParameters channels = random_channels(random, out, in);
  const std::int32_t* bias = random.one_in(4) ? nullptr : channels.bias.data();
  std::vector<std::int8_t> expected(static_cast<std::size_t>(batches * out));
  LinearS8::run(
      p, {input.data(), weights.data(), bias, channels.multipliers.data(), channels.shifts.data(), expected.data()});
  ASSERT_TRUE(pointwise_s4::applies(p));
  const PointwiseS4Params q = pointwise_s4::params_of(p);
  Prepared prepared;
  if (!prepare(q, p.input_offset, weights, bias, prepared)) return;
  GuardedBuffer<std::int8_t> output(expected.size());
  PointwiseS4::run(q, {input.data(), prepared.weights.data(), prepared.bias.data(), channels.multipliers.data(),
                       channels.shifts.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << describe(q);
}

TEST(PointwiseS4, EverySmallLinearLayer) {
  Random random(1);
  for (std::int32_t batches = 1; batches <= 2; ++batches)
    for (std::int32_t in = 1; in <= 35; ++in)
      for (std::int32_t out = 1; out <= 9; ++out) check_linear(batches, in, out, random);
}

TEST(PointwiseS4, LargeLinearLayers) {
  Random random(2);
  check_linear(1, 640, 128, random);
  check_linear(2, 1280, 101, random);
  check_linear(1, PointwiseS4::most_input_channels, 3, random);
}

/// The largest sums there are.
TEST(PointwiseS4, LargestSumsDoNotWrap) {
  const std::int32_t in = PointwiseS4::most_input_channels;
  const LinearS8Params p{1, in, 1, -127, 0, -128, 127};
  const std::vector<std::int8_t> input(static_cast<std::size_t>(in), -128), weights(static_cast<std::size_t>(in), -8);
  const std::int32_t bias = 0, multiplier = 1 << 30, shift = -20;
  std::int8_t expected = 0, output = 0;
  LinearS8::run(p, {input.data(), weights.data(), &bias, &multiplier, &shift, &expected});
  const PointwiseS4Params q = pointwise_s4::params_of(p);
  Prepared prepared;
  ASSERT_TRUE(prepare(q, p.input_offset, weights, &bias, prepared));
  PointwiseS4::run(q, {input.data(), prepared.weights.data(), prepared.bias.data(), &multiplier, &shift, &output});
  EXPECT_EQ(output, expected);
  EXPECT_EQ(expected, 64) << "65536 * 255 * 8 / 2^21 = 63.75";
}

TEST(PointwiseS4, ConvolutionsWithStrides) {
  Random random(3);
  for (int i = 0; i < 300; ++i) {
    const std::int32_t stride_h = random.between(1, 3), stride_w = random.between(1, 3);
    const std::int32_t input_h = random.between(1, 7), input_w = random.between(1, 7);
    const std::int32_t in = random.between(1, 40), out = random.between(1, 12);
    const Clamp clamp = random_clamp(random);
    const Conv2dS8Params p{.batches = random.between(1, 2),
                           .input_h = input_h,
                           .input_w = input_w,
                           .input_channels = in,
                           .output_h = (input_h - 1) / stride_h + 1,
                           .output_w = (input_w - 1) / stride_w + 1,
                           .output_channels = out,
                           .kernel_h = 1,
                           .kernel_w = 1,
                           .groups = 1,
                           .stride_h = stride_h,
                           .stride_w = stride_w,
                           .pad_top = 0,
                           .pad_left = 0,
                           .dilation_h = 1,
                           .dilation_w = 1,
                           .input_offset = -random.zero_point(),
                           .output_offset = random.zero_point(),
                           .activation_min = clamp.low,
                           .activation_max = clamp.high};
    const auto input = random.codes(static_cast<std::size_t>(p.batches * input_h * input_w * in));
    const auto weights = random_int4(random, static_cast<std::size_t>(out * in));
    const ChannelParameters channels = random_channels(random, out, in);
    std::vector<std::int8_t> expected(static_cast<std::size_t>(p.batches * p.output_h * p.output_w * out));
    Conv2dS8::run(p, {input.data(), weights.data(), channels.bias.data(), channels.multipliers.data(),
                      channels.shifts.data(), expected.data(), nullptr});
    ASSERT_TRUE(pointwise_s4::applies(p));
    const PointwiseS4Params q = pointwise_s4::params_of(p);
    Prepared prepared;
    if (!prepare(q, p.input_offset, weights, channels.bias.data(), prepared)) continue;
    GuardedBuffer<std::int8_t> output(expected.size());
    PointwiseS4::run(q, {input.data(), prepared.weights.data(), prepared.bias.data(), channels.multipliers.data(),
                         channels.shifts.data(), output.data()});
    ASSERT_EQ(output.values(), expected) << describe(q);
  }
}

TEST(PointwiseS4, PacksTheFirstWeightIntoTheLowBits) {
  const PointwiseS4Params p{1, 1, 1, 3, 1, 1, 2, 1, 1, 0, -128, 127};
  const std::int8_t weights[] = {1, -2, 7, -8, 0, -1};
  std::uint8_t packed[4] = {};
  ASSERT_EQ(pointwise_s4::packed_weight_bytes(p), 4U);
  pointwise_s4::pack_weights(p, weights, packed);
  EXPECT_EQ(packed[0], 0xE1);
  EXPECT_EQ(packed[1], 0x07) << "each output channel begins with a byte of its own";
  EXPECT_EQ(packed[2], 0x08);
  EXPECT_EQ(packed[3], 0x0F);
  const std::int8_t large[] = {3, 8};
  EXPECT_FALSE(pointwise_s4::fits(large, 2));
}

TEST(PointwiseS4, AppliesToPointwiseConvolutions) {
  Conv2dS8Params p{};
  p.input_h = p.input_w = p.output_h = p.output_w = 4;
  p.kernel_h = p.kernel_w = p.groups = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.input_channels = p.output_channels = 8;
  EXPECT_TRUE(pointwise_s4::applies(p));
  for (std::int32_t Conv2dS8Params::*field :
       {&Conv2dS8Params::kernel_h, &Conv2dS8Params::kernel_w, &Conv2dS8Params::groups, &Conv2dS8Params::pad_top}) {
    Conv2dS8Params other = p;
    other.*field += 1;
    EXPECT_FALSE(pointwise_s4::applies(other));
  }
  p.output_w = 5;  // padding on the right
  EXPECT_FALSE(pointwise_s4::applies(p));
}

TEST(PointwiseS4, TakesScratchWhereChannelsGoInPairs) {
  PointwiseS4Params p{1, 12, 12, 64, 12, 12, 64, 1, 1, 0, -128, 127, 1};
  // 32 positions of 16 units of 8 bytes, a pair's weights of 16 bits, sums.
  EXPECT_EQ(PointwiseS4::scratch_bytes(p, Isa::Dsp), 32U * 128 + 256 + 32 * 8);
  // A pair's weights of 8 bits, constants, four positions.
  EXPECT_EQ(PointwiseS4::scratch_bytes(p, Isa::Mve), 128U + 32 + 256);
  EXPECT_EQ(PointwiseS4::scratch_bytes(p, Isa::Scalar), 0U);
  p.input_channels = 70;  // no whole words
  EXPECT_EQ(PointwiseS4::scratch_bytes(p, Isa::Dsp), 0U);
  EXPECT_EQ(PointwiseS4::scratch_bytes(p, Isa::Mve), 0U);
  p.input_channels = 64, p.by_pairs = 0;
  EXPECT_EQ(PointwiseS4::scratch_bytes(p, Isa::Dsp), 0U);
  p.by_pairs = 1, p.output_h = 1, p.output_w = 3;  // a few rows' call
  EXPECT_EQ(PointwiseS4::scratch_bytes(p, Isa::Dsp), 0U);
}

}  // namespace
}  // namespace pudu::kernels
