// depthwise_conv2d_s8 against the plain sum, over every small shape and random larger ones; rows through rings.
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/depthwise_conv2d_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;
using namespace testing::depthwise_conv2d_checks;

TEST(DepthwiseConv2dS8, EverySmallWindow) {
  every_small_window<DepthwiseConv2dS8>();
}

TEST(DepthwiseConv2dS8, EveryDepthMultiplier) {
  every_depth_multiplier<DepthwiseConv2dS8>();
}

TEST(DepthwiseConv2dS8, RandomShapes) {
  random_shapes<DepthwiseConv2dS8>();
}

TEST(DepthwiseConv2dS8, LargeShapes) {
  large_shapes<DepthwiseConv2dS8>();
}

static_assert(DepthwiseConv2dS8::scratch_bytes({}, Isa::Scalar) == 0,
              "CMSIS-NN's scalar and 3x3 DSP kernels have none, so none may be needed here");

}  // namespace
}  // namespace pudu::kernels
