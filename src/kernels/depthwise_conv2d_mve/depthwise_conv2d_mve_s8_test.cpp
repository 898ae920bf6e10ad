// depthwise_conv2d_mve_s8 against depthwise_conv2d_s8, which its own test proves against the plain sum: every small
// image, random larger ones, both directions of the slide. The slides for the device are compared in tests/qemu.
#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/depthwise_conv2d_mve/prepare.hpp"
#include "kernels/testing/prepared.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

struct Shape {
  std::int32_t batches, h, w, channels, kernel, stride, top, left, bottom, right;
};

/// Counts the calls that were compared.
void check(const Shape& s, Random& random, std::int32_t& compared) {
  DepthwiseConv2dS8Params p{};
  p.batches = s.batches;
  p.input_h = s.h, p.input_w = s.w, p.input_channels = p.output_channels = s.channels, p.depth_multiplier = 1;
  p.output_h = output_extent(s.h, s.top + s.bottom, s.kernel, 1, s.stride);
  p.output_w = output_extent(s.w, s.left + s.right, s.kernel, 1, s.stride);
  p.kernel_h = p.kernel_w = s.kernel, p.stride_h = p.stride_w = s.stride;
  p.pad_top = s.top, p.pad_left = s.left;
  p.dilation_h = p.dilation_w = 1;
  if (p.output_h == 0 || p.output_w == 0) return;
  const PreparedChannels channels = random_prepared_channels(random, s.channels, s.kernel * s.kernel);
  p.input_offset = -random.zero_point();
  p.output_offset = channels.output_offset;
  p.activation_min = channels.activation_min, p.activation_max = channels.activation_max;
  if (!depthwise_conv2d_mve::applies(p)) return;
  const auto input = random.codes(static_cast<std::size_t>(s.batches * s.h * s.w * s.channels));
  const auto weights = random.codes(static_cast<std::size_t>(s.kernel * s.kernel * s.channels));
  std::vector<std::int8_t> expected(static_cast<std::size_t>(s.batches * p.output_h * p.output_w * s.channels));
  const DepthwiseConv2dS8Operands base{input.data(),           weights.data(),
                                       channels.bias.data(),   channels.multipliers.data(),
                                       channels.shifts.data(), expected.data()};
  DepthwiseConv2dS8::run(p, base);
  for (const std::int32_t down : {0, 1}) {
    const DepthwiseConv2dMveS8Params q = depthwise_conv2d_mve::params_of(p, down);
    std::vector<std::int32_t> constants(static_cast<std::size_t>(4 * s.channels));
    if (!depthwise_conv2d_mve::pack_constants(q, base, constants.data())) continue;
    std::vector<std::int8_t> packed(depthwise_conv2d_mve::packed_weight_bytes(q));
    depthwise_conv2d_mve::pack_weights(q, weights.data(), packed.data());
    GuardedBuffer<std::int8_t> output(expected.size());
    GuardedBuffer<std::uint8_t> scratch(DepthwiseConv2dMveS8::scratch_bytes(q, Isa::Mve));
    DepthwiseConv2dMveS8::run(q, {input.data(), packed.data(), constants.data(), output.data(), scratch.data()});
    ASSERT_EQ(output.values(), expected) << describe(q);
    ++compared;
  }
}

TEST(DepthwiseConv2dMveS8, EverySmallImage) {
  Random random(1);
  std::int32_t compared = 0;
  for (std::int32_t h = 1; h <= 5; ++h)
    for (std::int32_t w = 1; w <= 5; ++w)
      for (std::int32_t stride = 1; stride <= 2; ++stride)
        for (std::int32_t top = 0; top <= 2; ++top)
          for (std::int32_t left = 0; left <= 2; ++left)
            check({1, h, w, random.between(8, 20), random.one_in(2) ? 3 : 5, stride, top, left, random.between(0, 3),
                   random.between(0, 3)},
                  random, compared);
  EXPECT_GT(compared, 250);
}

TEST(DepthwiseConv2dMveS8, RandomImages) {
  Random random(2);
  std::int32_t compared = 0;
  for (std::int32_t i = 0; i < 150; ++i) {
    check({random.between(1, 2), random.between(1, 20), random.between(1, 20), random.between(8, 40),
           random.one_in(2) ? 3 : 5, random.between(1, 2), random.between(0, 2), random.between(0, 2),
           random.between(0, 3), random.between(0, 3)},
          random, compared);
  }
  EXPECT_GT(compared, 50);
}

}  // namespace
}  // namespace pudu::kernels
