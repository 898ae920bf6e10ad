// depthwise_conv2d_5x5_dsp_s8 against depthwise_conv2d_s8, which its own test proves against the plain sum: every small
// image, random larger ones, all forms. The inner loops for the device are compared in tests/qemu.
#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"

#include <gtest/gtest.h>

#include <set>

#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/prepare.hpp"
#include "kernels/testing/layer_case.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

using Shape = DepthwiseShape;

void check(const Shape& s, Random& random, std::set<RequantizeForm>& ran) {
  const DepthwiseConv2dS8Params sizes = params_of(s, 5);
  if (sizes.output_h == 0 || sizes.output_w < 4) return;
  const auto [p, channels, input, weights, expected] = random_depthwise(s, 5, random);
  for (const RequantizeForm form : all_forms) {
    if (form == RequantizeForm::General) continue;
    DepthwiseConv2d5x5DspS8Params q = prepared_5x5_params(p, form);
    std::vector<ChannelConstants> constants(static_cast<std::size_t>(4 * DepthwiseConv2d5x5DspS8::groups(q)));
    const depthwise_conv2d_5x5_dsp::Layer layer{
        weights.data(),         channels.bias.data(),    channels.multipliers.data(), channels.shifts.data(),
        channels.output_offset, channels.activation_min, channels.activation_max};
    if (!depthwise_conv2d_5x5_dsp::fit_constants(layer, q, constants.data())) continue;
    ran.insert(form);
    std::vector<std::int8_t> packed(static_cast<std::size_t>(100 * DepthwiseConv2d5x5DspS8::groups(q)));
    depthwise_conv2d_5x5_dsp::pack_weights(q, weights.data(), packed.data());
    GuardedBuffer<std::int8_t> output(expected.size());
    GuardedBuffer<std::uint8_t> scratch(DepthwiseConv2d5x5DspS8::scratch_bytes(q, Isa::Dsp));
    DepthwiseConv2d5x5DspS8::run(q, {input.data(), packed.data(), &constants[0].bias, output.data(), scratch.data()});
    ASSERT_EQ(output.values(), expected) << describe(q);
  }
}

TEST(DepthwiseConv2d5x5DspS8, EverySmallImage) {
  Random random(1);
  std::set<RequantizeForm> ran;
  for (std::int32_t h = 1; h <= 6; ++h)
    for (std::int32_t w = 3; w <= 9; ++w)
      for (std::int32_t stride = 1; stride <= 2; ++stride)
        for (std::int32_t top = 0; top <= 2; ++top)
          for (std::int32_t left = 0; left <= 2; ++left)
            for (std::int32_t right = 0; right <= 3; ++right) {
              check({.h = h,
                     .w = w,
                     .channels = random.between(4, 9),
                     .stride = stride,
                     .top = top,
                     .left = left,
                     .bottom = random.between(0, 3),
                     .right = right},
                    random, ran);
            }
  EXPECT_EQ(ran.size(), std::size(all_forms) - 1) << "every form but General has to be met";
}

TEST(DepthwiseConv2d5x5DspS8, LargerImages) {
  Random random(2);
  std::set<RequantizeForm> ran;
  for (int i = 0; i < 200; ++i) {
    check({.batches = random.between(1, 2),
           .h = random.between(1, 19),
           .w = random.between(1, 19),
           .channels = random.between(4, 37),
           .stride = random.between(1, 2),
           .top = random.between(0, 2),
           .left = random.between(0, 2),
           .bottom = random.between(0, 2),
           .right = random.between(0, 2)},
          random, ran);
  }
}

}  // namespace
}  // namespace pudu::kernels
