// conv2d_s8 against the plain sum, over every small shape and random larger ones; rows through rings; scratch bounds.
#include "kernels/conv2d/conv2d_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/conv2d_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;
using namespace testing::conv2d_checks;

TEST(Conv2dS8, EverySmallWindow) {
  every_small_window<Conv2dS8>();
}

TEST(Conv2dS8, PointwiseAtEveryStrideAndPadding) {
  pointwise_at_every_stride_and_padding<Conv2dS8>();
}

TEST(Conv2dS8, OneRowKernels) {
  one_row_kernels<Conv2dS8>();
}

TEST(Conv2dS8, RandomShapes) {
  random_shapes<Conv2dS8>();
}

TEST(Conv2dS8, LargeShapes) {
  large_shapes<Conv2dS8>();
}

TEST(Conv2dS8, AccumulatorWraps) {
  // 70 000 products of 255 * -128 exceed 2^31: the sum wraps, and the reference says to what.
  Random random(6);
  Conv2dS8Params p = params_of<Conv2dS8>({.h = 1, .w = 1, .in = 70000, .out = 1, .kh = 1, .kw = 1}, random);
  p.input_offset = 128;
  const std::vector<std::int8_t> input(70000, 127), weights(70000, -128);
  const ChannelParameters channels{{-1}, {INT32_MAX}, {-24}};
  p.output_offset = 0, p.activation_min = -128, p.activation_max = 127;
  GuardedBuffer<std::int8_t> output(1);
  Conv2dS8::run(p, {input.data(), weights.data(), channels.bias.data(), channels.multipliers.data(),
                    channels.shifts.data(), output.data(), nullptr});
  EXPECT_EQ(output.values(), reference<Conv2dS8>(p, input, weights, channels, true));
  EXPECT_EQ(output.values()[0], 120);  // (2^32 - 70000 * 32640 - 1) / 2^24 = 119.8
}

// CMSIS-NN's sizes for the same convolution, from its arm_convolve_wrapper_s8_get_buffer_size family.
constexpr std::size_t cmsis_general_bytes(const Conv2dS8Params& p, Isa isa) {
  const auto taps = static_cast<std::size_t>(p.kernel_h * p.kernel_w * p.input_channels);
  return 4 * round_up(taps, isa == Isa::Mve ? 16 : 4);
}

constexpr std::size_t cmsis_bytes(const Conv2dS8Params& p, Isa isa) {
  const bool same_channels = p.groups == 1;
  if (p.pad_top == 0 && p.pad_left == 0 && p.kernel_h == 1 && p.kernel_w == 1 && p.dilation_h == 1 &&
      p.dilation_w == 1 && same_channels) {
    return 0;
  }
  const bool one_row =
      p.input_h == 1 && p.dilation_w == 1 && p.kernel_h == 1 && p.stride_w * p.input_channels % 4 == 0 && same_channels;
  if (isa != Isa::Mve || !one_row) return cmsis_general_bytes(p, isa);
  const std::int32_t total = (p.output_w - 1) * p.stride_w + p.kernel_w - p.input_w;
  const std::int32_t odd = total % 2;
  const auto columns = [&](std::int32_t pad) { return (pad + p.stride_w - 1) / p.stride_w; };
  const std::int32_t right = p.pad_left + odd != 0 ? std::max(1, columns(p.pad_left + odd)) : 0;
  const std::int32_t left = p.pad_left != 0 ? std::max(1, columns(p.pad_left)) : 0;
  if (right + std::max(p.output_w - right - left, 0) + left != p.output_w) return cmsis_general_bytes(p, isa);
  const std::int32_t left_bytes = (p.kernel_w + p.pad_left) * p.input_channels;
  const std::int32_t right_bytes =
      (p.kernel_w - 1) * p.input_channels + (odd != 0 ? right : p.pad_left) * p.input_channels;
  return static_cast<std::size_t>(std::max(left_bytes, right_bytes));
}

constexpr Conv2dS8Params shape_only(std::int32_t h, std::int32_t w, std::int32_t in, std::int32_t kh, std::int32_t kw,
                                    std::int32_t pad, std::int32_t out_w) {
  Conv2dS8Params p{};
  p.batches = 1;
  p.input_h = h, p.input_w = w, p.input_channels = in;
  p.output_h = h, p.output_w = out_w, p.output_channels = 8;
  p.kernel_h = kh, p.kernel_w = kw, p.groups = 1;
  p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.pad_top = kh > 1 ? pad : 0, p.pad_left = pad;
  return p;
}

constexpr Conv2dS8Params image_3x3 = shape_only(96, 96, 3, 3, 3, 1, 96);
static_assert(cmsis_bytes(image_3x3, Isa::Scalar) == 112 && cmsis_bytes(image_3x3, Isa::Mve) == 128);
static_assert(Conv2dS8::scratch_bytes(image_3x3, Isa::Scalar) == 56);
constexpr Conv2dS8Params pointwise = shape_only(12, 12, 64, 1, 1, 0, 12);
static_assert(Conv2dS8::scratch_bytes(pointwise, Isa::Mve) == 0 && cmsis_bytes(pointwise, Isa::Mve) == 0);
constexpr Conv2dS8Params one_row = shape_only(1, 32, 8, 1, 5, 2, 32);
static_assert(cmsis_bytes(one_row, Isa::Mve) == 56 && Conv2dS8::scratch_bytes(one_row, Isa::Mve) <= 56);

TEST(Conv2dS8, NeverNeedsMoreScratchThanCmsisNn) {
  Random random(7);
  for (int i = 0; i < 20000; ++i) {
    const std::int32_t groups = random.one_in(4) ? random.between(2, 4) : 1;
    Shape s{.h = random.between(1, 3),
            .w = random.between(1, 20),
            .in = groups * random.between(1, 8),
            .out = groups,
            .groups = groups,
            .kh = random.between(1, 3),
            .kw = random.between(1, 5),
            .sh = random.between(1, 2),
            .sw = random.between(1, 4),
            .dh = random.between(1, 2),
            .dw = random.between(1, 2)};
    s.top = s.bottom = random.between(0, 2);
    s.left = s.right = random.between(0, 2);
    const Conv2dS8Params p = params_of<Conv2dS8>(s, random);
    if (p.output_h == 0 || p.output_w == 0) continue;
    for (const Isa isa : {Isa::Scalar, Isa::Dsp, Isa::Mve}) {
      ASSERT_LE(Conv2dS8::scratch_bytes(p, isa), cmsis_bytes(p, isa)) << "case " << i;
    }
  }
}

}  // namespace
}  // namespace pudu::kernels
