// conv2d_s16 against the plain sum, over every small shape and random larger ones; rows through rings; scratch bounds.
#include "kernels/conv2d_s16/conv2d_s16.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/conv2d_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;
using namespace testing::conv2d_checks;

TEST(Conv2dS16, EverySmallWindow) {
  every_small_window<Conv2dS16>();
}

TEST(Conv2dS16, PointwiseAtEveryStrideAndPadding) {
  pointwise_at_every_stride_and_padding<Conv2dS16>();
}

TEST(Conv2dS16, OneRowKernels) {
  one_row_kernels<Conv2dS16>();
}

TEST(Conv2dS16, RandomShapes) {
  random_shapes<Conv2dS16>();
}

TEST(Conv2dS16, LargeShapes) {
  large_shapes<Conv2dS16>();
}

TEST(Conv2dS16, SumsBeyond32BitsAreExact) {
  Random random(6);
  Conv2dS16Params p = params_of<Conv2dS16>({.h = 1, .w = 1, .in = 70001, .out = 5, .kh = 1, .kw = 1}, random);
  p.output_min = -32768, p.output_max = 32767;
  const std::vector<std::int16_t> input(70001, -32768);
  const std::vector<std::int8_t> weights(5 * 70001, -128);
  const ChannelParameters channels{
      {-1, 5, INT32_MAX, INT32_MIN, 0}, std::vector<std::int32_t>(5, 1 << 30), std::vector<std::int32_t>(5, -23)};
  GuardedBuffer<std::int16_t> output(5);
  Conv2dS16::run(p, {input.data(), weights.data(), channels.bias.data(), channels.multipliers.data(),
                     channels.shifts.data(), output.data(), nullptr});
  EXPECT_EQ(output.values(), reference<Conv2dS16>(p, input, weights, channels, true));
  EXPECT_EQ(output.values()[4], 17500);  // 70001 * 2^22 / 2^24 = 17500.25
}

TEST(Conv2dS16, FieldsOfManyChunks) {
  Random random(7);
  check<Conv2dS16>({.h = 5, .w = 5, .in = 57, .out = 9, .kh = 3, .kw = 3, .top = 1, .left = 1}, random);
  check<Conv2dS16>({.h = 3, .w = 2, .in = 513, .out = 6, .kh = 1, .kw = 1}, random);
  check<Conv2dS16>({.h = 4, .w = 4, .in = 256, .out = 4, .kh = 2, .kw = 2}, random);
}

}  // namespace
}  // namespace pudu::kernels
