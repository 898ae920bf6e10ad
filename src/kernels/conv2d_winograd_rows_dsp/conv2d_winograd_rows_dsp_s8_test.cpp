// conv2d_winograd_rows_dsp_s8 against conv2d_s8, which its own test proves against the plain sum: every small image and
// padding, every number of input channels, all forms of requantization. The inner loops for the device are compared in
// tests/qemu.
#include "kernels/conv2d_winograd_rows_dsp/conv2d_winograd_rows_dsp_s8.hpp"

#include <gtest/gtest.h>

#include <set>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_winograd_rows_dsp/prepare.hpp"
#include "kernels/testing/layer_case.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

struct Shape {
  std::int32_t batches = 1;
  std::int32_t h, w, in, out;
  std::int32_t top = 0, left = 0, bottom = 0, right = 0;
};

/// Every form that all channels have. Gives the forms that ran.
void check(const Shape& shape, Random& random, std::set<RequantizeForm>& ran) {
  const Conv2dShape window{shape.batches, shape.h,    shape.w,      shape.in,   shape.out, 3, 3, 1, 1,
                           shape.top,     shape.left, shape.bottom, shape.right};
  const Conv2dS8Params sizes = params_of(window);
  if (sizes.output_h == 0 || sizes.output_w < 4) return;
  const auto [p, channels, input, weights, expected] = random_conv2d(window, random);
  for (const RequantizeForm form : all_forms) {
    Conv2dWinogradRowsDspS8Params q = winograd_rows_params(p, form);
    std::vector<ChannelConstants> constants(static_cast<std::size_t>(4 * Conv2dWinogradRowsDspS8::channel_groups(q)));
    const conv2d_winograd_rows_dsp::Layer layer{weights.data(), channels.bias.data(), channels.multipliers.data(),
                                                channels.shifts.data()};
    if (!conv2d_winograd_rows_dsp::fit_constants(layer, q, constants.data())) continue;
    ran.insert(form);
    const std::vector<std::uint8_t> packed = winograd_rows_weights(q, weights.data());
    GuardedBuffer<std::int8_t> output(expected.size());
    GuardedBuffer<std::uint8_t> scratch(Conv2dWinogradRowsDspS8::scratch_bytes(q, Isa::Dsp));
    Conv2dWinogradRowsDspS8::run(q, {input.data(), packed.data(), &constants[0].bias, output.data(), scratch.data()});
    ASSERT_EQ(output.values(), expected) << describe(q);
  }
}

TEST(Conv2dWinogradRowsDspS8, EverySmallImage) {
  Random random(1);
  std::set<RequantizeForm> ran;
  for (std::int32_t h = 1; h <= 5; ++h)
    for (std::int32_t w = 2; w <= 11; ++w)
      for (std::int32_t top = 0; top <= 2; ++top)
        for (std::int32_t left = 0; left <= 2; ++left) {
          check({.batches = random.between(1, 2),
                 .h = h,
                 .w = w,
                 .in = 8 * random.between(1, 2),
                 .out = random.between(4, 9),
                 .top = top,
                 .left = left,
                 .bottom = random.between(0, 2),
                 .right = random.between(0, 3)},
                random, ran);
        }
  EXPECT_EQ(ran.size(), std::size(all_forms)) << "every form has to be met";
}

TEST(Conv2dWinogradRowsDspS8, EveryNumberOfChannels) {
  Random random(2);
  std::set<RequantizeForm> ran;
  for (std::int32_t in = 8; in <= 128; in += 8) {
    check({.h = random.between(3, 6),
           .w = random.between(4, 9),
           .in = in,
           .out = random.between(4, 9),
           .top = 1,
           .left = 1,
           .bottom = 1,
           .right = 1},
          random, ran);
  }
}

TEST(Conv2dWinogradRowsDspS8, ExtremeCodes) {
  // The largest transformed values and weights there can be.
  Random random(3);
  Conv2dS8Params p = params_of({.h = 4, .w = 6, .in = 128, .out = 4, .kh = 3, .kw = 3});
  p.input_offset = 128, p.activation_min = -128, p.activation_max = 127;
  for (int i = 0; i < 20; ++i) {
    std::vector<std::int8_t> input(4 * 6 * 128), weights(4 * 9 * 128);
    for (std::int8_t& code : input) code = random.one_in(2) ? 127 : -128;
    for (std::int8_t& code : weights) code = i < 10 || random.one_in(2) ? -128 : 127;
    const std::vector<std::int32_t> bias = {0, 1000, -70000, 5}, multipliers(4, INT32_MAX), shifts(4, -20);
    std::vector<std::int8_t> expected(2 * 4 * 4), output(2 * 4 * 4);
    std::vector<std::uint8_t> patch(Conv2dS8::scratch_bytes(p, Isa::Scalar));
    Conv2dS8::run(p, {input.data(), weights.data(), bias.data(), multipliers.data(), shifts.data(), expected.data(),
                      patch.data()});
    Conv2dWinogradRowsDspS8Params q = winograd_rows_params(p, RequantizeForm::Rounded);
    std::vector<ChannelConstants> constants(4);
    ASSERT_TRUE(conv2d_winograd_rows_dsp::fit_constants(
        {weights.data(), bias.data(), multipliers.data(), shifts.data()}, q, constants.data()));
    const std::vector<std::uint8_t> packed = winograd_rows_weights(q, weights.data());
    std::vector<std::uint8_t> scratch(Conv2dWinogradRowsDspS8::scratch_bytes(q, Isa::Dsp));
    Conv2dWinogradRowsDspS8::run(q, {input.data(), packed.data(), &constants[0].bias, output.data(), scratch.data()});
    ASSERT_EQ(output, expected);
  }
}

}  // namespace
}  // namespace pudu::kernels
