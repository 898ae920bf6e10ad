// conv2d_s8 against the plain sum, over every small shape and random larger ones; rows through rings; scratch bounds.
#include "kernels/conv2d/conv2d_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/reference.hpp"
#include "kernels/testing/row_streaming.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

/// Spatial shape of a test case; the output covers `extra` rows and columns beyond the last full window, as padding at
/// the bottom and the right does.
struct Shape {
  std::int32_t batches = 1;
  std::int32_t h, w, in, out, groups = 1;
  std::int32_t kh, kw, sh = 1, sw = 1, top = 0, left = 0, bottom = 0, right = 0, dh = 1, dw = 1;
};

Conv2dS8Params params_of(const Shape& s, Random& random) {
  Conv2dS8Params p{};
  p.batches = s.batches;
  p.input_h = s.h, p.input_w = s.w, p.input_channels = s.in;
  p.output_h = output_extent(s.h, s.top + s.bottom, s.kh, s.dh, s.sh);
  p.output_w = output_extent(s.w, s.left + s.right, s.kw, s.dw, s.sw);
  p.output_channels = s.out;
  p.kernel_h = s.kh, p.kernel_w = s.kw, p.groups = s.groups;
  p.stride_h = s.sh, p.stride_w = s.sw;
  p.pad_top = s.top, p.pad_left = s.left;
  p.dilation_h = s.dh, p.dilation_w = s.dw;
  p.input_offset = -random.zero_point();
  p.output_offset = random.zero_point();
  const Clamp clamp = random_clamp(random);
  p.activation_min = clamp.low, p.activation_max = clamp.high;
  return p;
}

std::vector<std::int8_t> reference(const Conv2dS8Params& p, const std::vector<std::int8_t>& input,
                                   const std::vector<std::int8_t>& weights, const ChannelParameters& channels,
                                   bool has_bias) {
  std::vector<std::int8_t> output;
  const std::int32_t group_in = p.input_channels / p.groups, group_out = p.output_channels / p.groups;
  for (std::int32_t n = 0; n < p.batches; ++n)
    for (std::int32_t oy = 0; oy < p.output_h; ++oy)
      for (std::int32_t ox = 0; ox < p.output_w; ++ox)
        for (std::int32_t o = 0; o < p.output_channels; ++o) {
          std::int64_t sum = has_bias ? channels.bias[o] : 0;
          for (std::int32_t ky = 0; ky < p.kernel_h; ++ky)
            for (std::int32_t kx = 0; kx < p.kernel_w; ++kx)
              for (std::int32_t c = 0; c < group_in; ++c) {
                const std::int32_t y = oy * p.stride_h - p.pad_top + ky * p.dilation_h;
                const std::int32_t x = ox * p.stride_w - p.pad_left + kx * p.dilation_w;
                if (y < 0 || y >= p.input_h || x < 0 || x >= p.input_w) continue;
                const std::int32_t value =
                    input[((n * p.input_h + y) * p.input_w + x) * p.input_channels + o / group_out * group_in + c];
                sum += std::int64_t{value + p.input_offset} *
                       weights[((o * p.kernel_h + ky) * p.kernel_w + kx) * group_in + c];
              }
          output.push_back(reference_output(wrap(sum), channels.multipliers[o], channels.shifts[o], p.output_offset,
                                            p.activation_min, p.activation_max));
        }
  return output;
}

void check(const Shape& shape, Random& random) {
  const Conv2dS8Params p = params_of(shape, random);
  if (p.output_h == 0 || p.output_w == 0) return;
  const std::int32_t taps = p.kernel_h * p.kernel_w * p.input_channels / p.groups;
  const auto input = random.codes(static_cast<std::size_t>(p.batches * p.input_h * p.input_w * p.input_channels));
  const auto weights = random.codes(static_cast<std::size_t>(p.output_channels * taps));
  const ChannelParameters channels = random_channels(random, p.output_channels, taps);
  const bool has_bias = !random.one_in(8);
  const auto expected = reference(p, input, weights, channels, has_bias);

  GuardedBuffer<std::int8_t> output(expected.size());
  GuardedBuffer<std::uint8_t> scratch(Conv2dS8::scratch_bytes(p, Isa::Scalar));
  const Conv2dS8Operands operands{input.data(),
                                  weights.data(),
                                  has_bias ? channels.bias.data() : nullptr,
                                  channels.multipliers.data(),
                                  channels.shifts.data(),
                                  output.data(),
                                  scratch.data()};
  Conv2dS8::run(p, operands);
  ASSERT_EQ(output.values(), expected) << describe(p);

  const StreamShape stream{
      p.batches,  p.input_h, p.input_w * p.input_channels,       p.output_h, p.output_w * p.output_channels,
      p.stride_h, p.pad_top, (p.kernel_h - 1) * p.dilation_h + 1};
  ASSERT_EQ(run_through_rings<Conv2dS8>(p, operands, stream, input), expected) << "streamed:" << describe(p);
}

TEST(Conv2dS8, EverySmallWindow) {
  Random random(1);
  for (std::int32_t h = 1; h <= 4; ++h)
    for (std::int32_t kh = 1; kh <= 3; ++kh)
      for (std::int32_t kw = 1; kw <= 3; ++kw)
        for (std::int32_t sh = 1; sh <= 3; ++sh)
          for (std::int32_t top = 0; top <= 2; ++top)
            for (std::int32_t bottom = 0; bottom <= 2; ++bottom)
              for (std::int32_t dilation = 1; dilation <= 2; ++dilation)
                for (std::int32_t groups = 1; groups <= 2; ++groups) {
                  const std::int32_t w = random.between(1, 5);
                  check({.batches = 1,
                         .h = h,
                         .w = w,
                         .in = 2,
                         .out = 2 * random.between(1, 4),
                         .groups = groups,
                         .kh = kh,
                         .kw = kw,
                         .sh = sh,
                         .sw = random.between(1, 3),
                         .top = top,
                         .left = random.between(0, 2),
                         .bottom = bottom,
                         .right = random.between(0, 2),
                         .dh = dilation,
                         .dw = random.between(1, 2)},
                        random);
                }
}

TEST(Conv2dS8, PointwiseAtEveryStrideAndPadding) {
  Random random(2);
  for (std::int32_t stride = 1; stride <= 3; ++stride)
    for (std::int32_t pad = 0; pad <= 2; ++pad)
      for (std::int32_t right = 0; right <= 3; ++right)
        for (std::int32_t in = 1; in <= 9; ++in) {
          check({.batches = 2,
                 .h = 4,
                 .w = 5,
                 .in = in,
                 .out = random.between(1, 9),
                 .kh = 1,
                 .kw = 1,
                 .sh = stride,
                 .sw = random.between(1, 3),
                 .top = pad,
                 .left = random.between(0, 2),
                 .bottom = right,
                 .right = right},
                random);
        }
}

TEST(Conv2dS8, OneRowKernels) {
  Random random(3);
  for (std::int32_t kw = 1; kw <= 5; ++kw)
    for (std::int32_t stride = 1; stride <= 3; ++stride)
      for (std::int32_t pad = 0; pad <= 6; ++pad)
        for (std::int32_t dilation = 1; dilation <= 2; ++dilation) {
          check({.h = 1,
                 .w = 10,
                 .in = 4,
                 .out = 5,
                 .kh = 1,
                 .kw = kw,
                 .sw = stride,
                 .left = pad,
                 .right = pad,
                 .dw = dilation},
                random);
        }
}

TEST(Conv2dS8, RandomShapes) {
  Random random(4);
  for (int i = 0; i < 1500; ++i) {
    Shape s{};
    s.batches = random.between(1, 3);
    s.h = random.between(1, 9), s.w = random.between(1, 9);
    s.groups = random.one_in(3) ? random.between(2, 4) : 1;
    s.in = s.groups * random.between(1, 7), s.out = s.groups * random.between(1, 9);
    s.kh = random.between(1, 5), s.kw = random.between(1, 5);
    s.sh = random.between(1, 6), s.sw = random.between(1, 6);     // also larger than the kernel
    s.top = random.between(0, 7), s.left = random.between(0, 7);  // also larger than the kernel
    s.bottom = random.between(0, 7), s.right = random.between(0, 7);
    s.dh = random.between(1, 3), s.dw = random.between(1, 3);
    check(s, random);
  }
}

TEST(Conv2dS8, LargeShapes) {
  Random random(5);
  check({.h = 32,
         .w = 31,
         .in = 3,
         .out = 16,
         .kh = 3,
         .kw = 3,
         .sh = 2,
         .sw = 2,
         .top = 1,
         .left = 1,
         .bottom = 1,
         .right = 1},
        random);
  check({.h = 49,
         .w = 10,
         .in = 1,
         .out = 64,
         .kh = 10,
         .kw = 4,
         .sh = 2,
         .sw = 2,
         .top = 4,
         .left = 1,
         .bottom = 5,
         .right = 1},
        random);
  check({.h = 14, .w = 14, .in = 130, .out = 67, .kh = 1, .kw = 1}, random);
  check({.h = 12,
         .w = 12,
         .in = 64,
         .out = 32,
         .groups = 32,
         .kh = 3,
         .kw = 3,
         .top = 1,
         .left = 1,
         .bottom = 1,
         .right = 1},
        random);
}

TEST(Conv2dS8, AccumulatorWraps) {
  // 70 000 products of 255 * -128 exceed 2^31: the sum wraps, and the reference says to what.
  Random random(6);
  Conv2dS8Params p = params_of({.h = 1, .w = 1, .in = 70000, .out = 1, .kh = 1, .kw = 1}, random);
  p.input_offset = 128;
  const std::vector<std::int8_t> input(70000, 127), weights(70000, -128);
  const ChannelParameters channels{{-1}, {INT32_MAX}, {-24}};
  p.output_offset = 0, p.activation_min = -128, p.activation_max = 127;
  GuardedBuffer<std::int8_t> output(1);
  Conv2dS8::run(p, {input.data(), weights.data(), channels.bias.data(), channels.multipliers.data(),
                    channels.shifts.data(), output.data(), nullptr});
  EXPECT_EQ(output.values(), reference(p, input, weights, channels, true));
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
    const Conv2dS8Params p = params_of(s, random);
    if (p.output_h == 0 || p.output_w == 0) continue;
    for (const Isa isa : {Isa::Scalar, Isa::Dsp, Isa::Mve}) {
      ASSERT_LE(Conv2dS8::scratch_bytes(p, isa), cmsis_bytes(p, isa)) << "case " << i;
    }
  }
}

}  // namespace
}  // namespace pudu::kernels
