// conv2d_dsp_s8 against conv2d_s8, which its own test proves against the plain sum: every small window, random larger
// shapes, all forms of requantization, both widths of weights. The inner loops for the device are compared in
// tests/qemu.
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/conv2d_dsp/prepare.hpp"
#include "kernels/testing/form_checks.hpp"
#include "kernels/testing/layer_shapes.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

/// Every form that all channels have, with both widths of weights. Gives the forms that ran.
void check(const Conv2dShape& shape, Random& random, Forms& ran) {
  const Conv2dS8Params sizes = params_of(shape);
  if (sizes.output_h == 0 || sizes.output_w == 0) return;
  const auto layer = random_conv2d(shape, random);
  const auto prepare = [&](RequantizeForm form) {
    return prepared_params(layer.p, form, random.one_in(2) ? 8 : 16, 2 * random.between(1, 9));
  };
  expect_every_form<Conv2dDspS8>(layer, prepare, ran);
}

TEST(Conv2dDspS8, EverySmallWindow) {
  Random random(1);
  Forms ran;
  for_small_windows(random, {.least_output_channels = 2, .widest = 5},
                    [&](const Conv2dShape& shape) { check(shape, random, ran); });
  EXPECT_EQ(ran.size(), std::size(all_forms)) << "every form has to be met";
}

TEST(Conv2dDspS8, PointwiseOfEveryNumberOfChannels) {
  Random random(2);
  Forms ran;
  for_pointwise_of_many_channels(random, 2, [&](const Conv2dShape& shape) { check(shape, random, ran); });
  EXPECT_EQ(ran.size(), std::size(all_forms));
}

TEST(Conv2dDspS8, LargerShapes) {
  Random random(3);
  Forms ran;
  for_larger_convolutions(random, 2, [&](const Conv2dShape& shape) { check(shape, random, ran); });
}

TEST(Conv2dDspS8, ParametersThatNeedTheGeneralForm) {
  const Conv2dDspS8Params p =
      prepared_params(params_of({.h = 1, .w = 1, .in = 4, .out = 2, .kh = 1, .kw = 1}), RequantizeForm::Line9, 8, 2);
  const std::vector<std::int8_t> weights(8, 1);
  const std::vector<std::int32_t> bias = {0, 0}, multipliers(2, 1 << 30);
  std::vector<ChannelConstants> constants(2);
  const auto fits = [&](Conv2dDspS8Params q, std::int32_t shift) {
    const std::vector<std::int32_t> shifts(2, shift);
    return conv2d_dsp::fit_constants({weights.data(), bias.data(), multipliers.data(), shifts.data()}, q,
                                     constants.data());
  };
  Conv2dDspS8Params narrow = p;
  narrow.output_offset = -128, narrow.activation_min = -128, narrow.activation_max = 127;
  EXPECT_TRUE(fits(narrow, -6));
  EXPECT_FALSE(fits(narrow, 0)) << "a scale of 1/2 and more";
  narrow.activation_max = 126;
  EXPECT_FALSE(fits(narrow, -6)) << "another clamp than int8's";
}

}  // namespace
}  // namespace pudu::kernels
