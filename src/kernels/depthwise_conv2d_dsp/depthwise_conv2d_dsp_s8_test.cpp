// depthwise_conv2d_dsp_s8 against depthwise_conv2d_s8, which its own test proves against the plain sum: every small
// image, random larger ones, both directions of the slide, all forms. The slides for the device are compared in
// tests/qemu.
#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/form_checks.hpp"
#include "kernels/testing/layer_shapes.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

void check(const DepthwiseShape& s, Random& random, Forms& ran) {
  const DepthwiseConv2dS8Params sizes = params_of(s, 3);
  if (sizes.output_h == 0 || sizes.output_w == 0) return;
  const auto layer = random_depthwise(s, 3, random);
  for (const std::int32_t kind : {0, 1, 2, 3}) {
    const auto prepare = [&](RequantizeForm form) {
      return prepared_params(layer.p, form, kind % 2 == 1, kind < 2 ? 8 : 16);
    };
    expect_every_form<DepthwiseConv2dDspS8>(layer, prepare, ran);
  }
}

TEST(DepthwiseConv2dDspS8, EverySmallImage) {
  Random random(1);
  Forms ran;
  for_small_depthwise_images(random, {.tallest = 5, .narrowest = 1, .widest = 5},
                             [&](const DepthwiseShape& s) { check(s, random, ran); });
  EXPECT_EQ(ran.size(), std::size(all_forms) - 1) << "every form but General has to be met";
}

TEST(DepthwiseConv2dDspS8, LargerImages) {
  Random random(2);
  Forms ran;
  for_larger_depthwise_images(random, [&](const DepthwiseShape& s) { check(s, random, ran); });
}

}  // namespace
}  // namespace pudu::kernels
