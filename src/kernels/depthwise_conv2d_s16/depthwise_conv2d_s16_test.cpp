// depthwise_conv2d_s16 against the plain sum, over every small shape and random larger ones; rows through rings.
#include "kernels/depthwise_conv2d_s16/depthwise_conv2d_s16.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/depthwise_conv2d_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;
using namespace testing::depthwise_conv2d_checks;

TEST(DepthwiseConv2dS16, EverySmallWindow) {
  every_small_window<DepthwiseConv2dS16>();
}

TEST(DepthwiseConv2dS16, EveryDepthMultiplier) {
  every_depth_multiplier<DepthwiseConv2dS16>();
}

TEST(DepthwiseConv2dS16, RandomShapes) {
  random_shapes<DepthwiseConv2dS16>();
}

TEST(DepthwiseConv2dS16, LargeShapes) {
  large_shapes<DepthwiseConv2dS16>();
}

TEST(DepthwiseConv2dS16, WindowsOfManyTaps) {
  Random random(5);
  check<DepthwiseConv2dS16>({.h = 2, .w = 700, .in = 5, .kh = 1, .kw = 600, .left = 3, .right = 9}, random);
  check<DepthwiseConv2dS16>({.h = 20, .w = 31, .in = 6, .multiplier = 2, .kh = 17, .kw = 29}, random);
  check<DepthwiseConv2dS16>({.h = 23, .w = 23, .in = 8, .kh = 23, .kw = 23, .top = 3, .left = 3}, random);
}

static_assert(DepthwiseConv2dS16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
