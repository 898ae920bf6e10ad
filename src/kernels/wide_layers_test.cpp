// Layers that read or write int16 codes, in every combination of widths, against the plain sum: every small shape and
// random larger ones, rows through rings, sums beyond 32 bits, scratch bounds.
#include "kernels/wide_layers.hpp"

#include <gtest/gtest.h>

#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/conv2d_s16_s8/conv2d_s16_s8.hpp"
#include "kernels/conv2d_s8_s16/conv2d_s8_s16.hpp"
#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"
#include "kernels/depthwise_conv2d_s16_s8/depthwise_conv2d_s16_s8.hpp"
#include "kernels/depthwise_conv2d_s8_s16/depthwise_conv2d_s8_s16.hpp"
#include "kernels/linear_s16/linear_s16.hpp"
#include "kernels/linear_s16_s8/linear_s16_s8.hpp"
#include "kernels/linear_s8_s16/linear_s8_s16.hpp"
#include "kernels/testing/conv2d_checks.hpp"
#include "kernels/testing/depthwise_conv2d_checks.hpp"
#include "kernels/testing/linear_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

template <class Kernel>
class WideConvolution : public ::testing::Test {};
using Convolutions = ::testing::Types<Conv2dS16, Conv2dS16S8, Conv2dS8S16>;
TYPED_TEST_SUITE(WideConvolution, Convolutions);

TYPED_TEST(WideConvolution, EverySmallWindow) {
  conv2d_checks::every_small_window<TypeParam>();
}

TYPED_TEST(WideConvolution, PointwiseAtEveryStrideAndPadding) {
  conv2d_checks::pointwise_at_every_stride_and_padding<TypeParam>();
}

TYPED_TEST(WideConvolution, OneRowKernels) {
  conv2d_checks::one_row_kernels<TypeParam>();
}

TYPED_TEST(WideConvolution, RandomShapes) {
  conv2d_checks::random_shapes<TypeParam>();
}

TYPED_TEST(WideConvolution, LargeShapes) {
  conv2d_checks::large_shapes<TypeParam>();
}

TYPED_TEST(WideConvolution, FieldsOfManyChunks) {
  using conv2d_checks::check;
  Random random(7);
  check<TypeParam>({.h = 5, .w = 5, .in = 57, .out = 9, .kh = 3, .kw = 3, .top = 1, .left = 1}, random);
  check<TypeParam>({.h = 3, .w = 2, .in = 513, .out = 6, .kh = 1, .kw = 1}, random);
  check<TypeParam>({.h = 4, .w = 4, .in = 256, .out = 4, .kh = 2, .kw = 2}, random);
}

template <class Kernel>
class WideDepthwiseConvolution : public ::testing::Test {};
using DepthwiseConvolutions = ::testing::Types<DepthwiseConv2dS16, DepthwiseConv2dS16S8, DepthwiseConv2dS8S16>;
TYPED_TEST_SUITE(WideDepthwiseConvolution, DepthwiseConvolutions);

TYPED_TEST(WideDepthwiseConvolution, EverySmallWindow) {
  depthwise_conv2d_checks::every_small_window<TypeParam>();
}

TYPED_TEST(WideDepthwiseConvolution, EveryDepthMultiplier) {
  depthwise_conv2d_checks::every_depth_multiplier<TypeParam>();
}

TYPED_TEST(WideDepthwiseConvolution, RandomShapes) {
  depthwise_conv2d_checks::random_shapes<TypeParam>();
}

TYPED_TEST(WideDepthwiseConvolution, LargeShapes) {
  depthwise_conv2d_checks::large_shapes<TypeParam>();
}

TYPED_TEST(WideDepthwiseConvolution, WindowsOfManyTaps) {
  using depthwise_conv2d_checks::check;
  Random random(5);
  check<TypeParam>({.h = 2, .w = 700, .in = 5, .kh = 1, .kw = 600, .left = 3, .right = 9}, random);
  check<TypeParam>({.h = 20, .w = 31, .in = 6, .multiplier = 2, .kh = 17, .kw = 29}, random);
  check<TypeParam>({.h = 23, .w = 23, .in = 8, .kh = 23, .kw = 23, .top = 3, .left = 3}, random);
}

template <class Kernel>
class WideFullyConnected : public ::testing::Test {};
using FullyConnectedLayers = ::testing::Types<LinearS16, LinearS16S8, LinearS8S16>;
TYPED_TEST_SUITE(WideFullyConnected, FullyConnectedLayers);

TYPED_TEST(WideFullyConnected, EverySmallShape) {
  linear_checks::every_small_shape<TypeParam>();
}

TYPED_TEST(WideFullyConnected, LargeShapes) {
  linear_checks::large_shapes<TypeParam>();
}

TEST(WideSums, BeyondA32BitNumberAreExact) {
  Random random(6);
  Conv2dS16::Params p =
      conv2d_checks::params_of<Conv2dS16>({.h = 1, .w = 1, .in = 70001, .out = 5, .kh = 1, .kw = 1}, random);
  p.output_min = -32768, p.output_max = 32767;
  const std::vector<std::int16_t> input(70001, -32768);
  const std::vector<std::int8_t> weights(5 * 70001, -128);
  const ChannelParameters channels{
      {-1, 5, INT32_MAX, INT32_MIN, 0}, std::vector<std::int32_t>(5, 1 << 30), std::vector<std::int32_t>(5, -23)};
  GuardedBuffer<std::int16_t> output(5);
  Conv2dS16::run(p, {input.data(), weights.data(), channels.bias.data(), channels.multipliers.data(),
                     channels.shifts.data(), output.data(), nullptr});
  EXPECT_EQ(output.values(), conv2d_checks::reference<Conv2dS16>(p, input, weights, channels, true));
  EXPECT_EQ(output.values()[4], 17500);  // 70001 * 2^22 / 2^24 = 17500.25
}

constexpr Conv2dS16::Params pointwise = {1, 4, 4, 9, 4, 4, 3, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0};
static_assert(Conv2dS16::scratch_bytes(pointwise, Isa::Mve) == 0);
constexpr Conv2dS8S16::Params widened = {1, 4, 4, 9, 4, 4, 3, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0};
static_assert(Conv2dS8S16::scratch_bytes(widened, Isa::Mve) == 20);
static_assert(DepthwiseConv2dS16::scratch_bytes({}, Isa::Mve) == 0);
static_assert(LinearS16::scratch_bytes({1, 9, 1, 0, 0, 0, 0}, Isa::Mve) == 0);
static_assert(LinearS8S16::scratch_bytes({1, 9, 1, 0, 0, 0, 0}, Isa::Mve) == 20);

}  // namespace
}  // namespace pudu::kernels
