// depthwise_conv2d_dsp_s8 against depthwise_conv2d_s8, which its own test proves against the plain sum: every small
// image, random larger ones, both directions of the slide, all forms. The slides for the device are compared in
// tests/qemu.
#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"

#include <gtest/gtest.h>

#include <set>

#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/prepare.hpp"
#include "kernels/testing/layer_case.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

using Shape = DepthwiseShape;

void check(const Shape& s, Random& random, std::set<RequantizeForm>& ran) {
  const DepthwiseConv2dS8Params sizes = params_of(s, 3);
  if (sizes.output_h == 0 || sizes.output_w == 0) return;
  const auto [p, channels, input, weights, expected] = random_depthwise(s, 3, random);
  for (const RequantizeForm form : all_forms) {
    for (const std::int32_t kind : {0, 1, 2, 3}) {
      if (form == RequantizeForm::General) continue;
      DepthwiseConv2dDspS8Params q = prepared_params(p, form, kind % 2 == 1, kind < 2 ? 8 : 16);
      std::vector<ChannelConstants> constants(static_cast<std::size_t>(4 * DepthwiseConv2dDspS8::groups(q)));
      const depthwise_conv2d_dsp::Layer layer{
          weights.data(),         channels.bias.data(),    channels.multipliers.data(), channels.shifts.data(),
          channels.output_offset, channels.activation_min, channels.activation_max};
      if (!depthwise_conv2d_dsp::fit_constants(layer, q, constants.data())) continue;
      ran.insert(form);
      std::vector<std::int8_t> packed(depthwise_conv2d_dsp::packed_weight_bytes(q));
      depthwise_conv2d_dsp::pack_weights(q, weights.data(), packed.data());
      GuardedBuffer<std::int8_t> output(expected.size());
      GuardedBuffer<std::uint8_t> scratch(DepthwiseConv2dDspS8::scratch_bytes(q, Isa::Dsp));
      DepthwiseConv2dDspS8::run(q, {input.data(), packed.data(), &constants[0].bias, output.data(), scratch.data()});
      ASSERT_EQ(output.values(), expected) << describe(q);
    }
  }
}

TEST(DepthwiseConv2dDspS8, EverySmallImage) {
  Random random(1);
  std::set<RequantizeForm> ran;
  for (std::int32_t h = 1; h <= 5; ++h)
    for (std::int32_t w = 1; w <= 5; ++w)
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

TEST(DepthwiseConv2dDspS8, LargerImages) {
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
