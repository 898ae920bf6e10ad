// depthwise_conv2d_5x5_dsp_s8 against depthwise_conv2d_s8, which its own test proves against the plain sum: every small
// image, random larger ones, all forms. The inner loops for the device are compared in tests/qemu.
#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/form_checks.hpp"
#include "kernels/testing/layer_shapes.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

void check(const DepthwiseShape& s, Random& random, Forms& ran) {
  const DepthwiseConv2dS8Params sizes = params_of(s, 5);
  if (sizes.output_h == 0 || sizes.output_w < 4) return;
  const auto layer = random_depthwise(s, 5, random);
  const auto prepare = [&](RequantizeForm form) { return prepared_5x5_params(layer.p, form); };
  expect_every_form<DepthwiseConv2d5x5DspS8>(layer, prepare, ran);
}

TEST(DepthwiseConv2d5x5DspS8, EverySmallImage) {
  Random random(1);
  Forms ran;
  for_small_depthwise_images(random, {.tallest = 6, .narrowest = 3, .widest = 9},
                             [&](const DepthwiseShape& s) { check(s, random, ran); });
  EXPECT_EQ(ran.size(), std::size(all_forms) - 1) << "every form but General has to be met";
}

TEST(DepthwiseConv2d5x5DspS8, LargerImages) {
  Random random(2);
  Forms ran;
  for_larger_depthwise_images(random, [&](const DepthwiseShape& s) { check(s, random, ran); });
}

}  // namespace
}  // namespace pudu::kernels
