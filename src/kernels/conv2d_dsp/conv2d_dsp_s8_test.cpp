// conv2d_dsp_s8 against conv2d_s8, which its own test proves against the plain sum: every small window, random larger
// shapes, all forms of requantization, both widths of weights. The inner loops for the device are compared in
// tests/qemu.
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"

#include <gtest/gtest.h>

#include <set>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_dsp/prepare.hpp"
#include "kernels/testing/layer_case.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

using Shape = Conv2dShape;

/// Every form that all channels have, with both widths of weights. Gives the forms that ran.
void check(const Shape& shape, Random& random, std::set<RequantizeForm>& ran) {
  const Conv2dS8Params sizes = params_of(shape);
  if (sizes.output_h == 0 || sizes.output_w == 0) return;
  const auto [p, channels, input, weights, expected] = random_conv2d(shape, random);
  for (const RequantizeForm form : all_forms) {
    Conv2dDspS8Params q = prepared_params(p, form, random.one_in(2) ? 8 : 16, 2 * random.between(1, 9));
    std::vector<ChannelConstants> constants(static_cast<std::size_t>(2 * Conv2dDspS8::channel_pairs(q)));
    const conv2d_dsp::Layer layer{weights.data(), channels.bias.data(), channels.multipliers.data(),
                                  channels.shifts.data()};
    if (!conv2d_dsp::fit_constants(layer, q, constants.data())) continue;
    ran.insert(form);
    std::vector<std::uint8_t> packed(conv2d_dsp::packed_weight_bytes(q));
    conv2d_dsp::pack_weights(q, weights.data(), packed.data());
    GuardedBuffer<std::int8_t> output(expected.size());
    GuardedBuffer<std::uint8_t> scratch(Conv2dDspS8::scratch_bytes(q, Isa::Dsp));
    Conv2dDspS8::run(q, {input.data(), packed.data(), &constants[0].bias, output.data(), scratch.data()});
    ASSERT_EQ(output.values(), expected) << describe(q);
  }
}

TEST(Conv2dDspS8, EverySmallWindow) {
  Random random(1);
  std::set<RequantizeForm> ran;
  for (std::int32_t h = 1; h <= 4; ++h)
    for (std::int32_t kh = 1; kh <= 3; ++kh)
      for (std::int32_t kw = 1; kw <= 3; ++kw)
        for (std::int32_t sh = 1; sh <= 3; ++sh)
          for (std::int32_t top = 0; top <= 2; ++top)
            for (std::int32_t bottom = 0; bottom <= 2; ++bottom) {
              check({.batches = random.between(1, 2),
                     .h = h,
                     .w = random.between(1, 5),
                     .in = random.between(1, 5),
                     .out = random.between(2, 5),
                     .kh = kh,
                     .kw = kw,
                     .sh = sh,
                     .sw = random.between(1, 3),
                     .top = top,
                     .left = random.between(0, 2),
                     .bottom = bottom,
                     .right = random.between(0, 2)},
                    random, ran);
            }
  EXPECT_EQ(ran.size(), std::size(all_forms)) << "every form has to be met";
}

TEST(Conv2dDspS8, PointwiseOfEveryNumberOfChannels) {
  Random random(2);
  std::set<RequantizeForm> ran;
  for (std::int32_t in = 1; in <= 140; ++in) {
    check({.h = random.between(1, 5),
           .w = random.between(1, 5),
           .in = in,
           .out = random.between(2, 9),
           .kh = 1,
           .kw = 1,
           .sh = random.one_in(4) ? 2 : 1,
           .sw = random.one_in(4) ? 2 : 1},
          random, ran);
  }
  EXPECT_EQ(ran.size(), std::size(all_forms));
}

TEST(Conv2dDspS8, LargerShapes) {
  Random random(3);
  std::set<RequantizeForm> ran;
  for (int i = 0; i < 60; ++i) {
    const std::int32_t kernel = random.between(1, 7);
    check({.h = random.between(5, 14),
           .w = random.between(5, 14),
           .in = random.between(1, 20),
           .out = random.between(2, 17),
           .kh = kernel,
           .kw = random.between(1, 5),
           .sh = random.between(1, 3),
           .sw = random.between(1, 3),
           .top = random.between(0, kernel),
           .left = random.between(0, 3),
           .bottom = random.between(0, 3),
           .right = random.between(0, 3)},
          random, ran);
  }
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
