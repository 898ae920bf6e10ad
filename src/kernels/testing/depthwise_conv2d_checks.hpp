// Tests only: depthwise convolutions against the plain sum, for int8 and int16 codes: every small shape, random larger
// ones, rows through rings.
#pragma once

#include <gtest/gtest.h>

#include "kernels/testing/code_layers.hpp"
#include "kernels/testing/row_streaming.hpp"

namespace pudu::kernels::testing::depthwise_conv2d_checks {

struct Shape {
  std::int32_t batches = 1;
  std::int32_t h, w, in, multiplier = 1;
  std::int32_t kh, kw, sh = 1, sw = 1, top = 0, left = 0, bottom = 0, right = 0, dh = 1, dw = 1;
};

template <class Kernel>
typename Kernel::Params params_of(const Shape& s, Random& random) {
  typename Kernel::Params p{};
  p.batches = s.batches;
  p.input_h = s.h, p.input_w = s.w, p.input_channels = s.in;
  p.output_h = output_extent(s.h, s.top + s.bottom, s.kh, s.dh, s.sh);
  p.output_w = output_extent(s.w, s.left + s.right, s.kw, s.dw, s.sw);
  p.output_channels = s.in * s.multiplier;
  p.kernel_h = s.kh, p.kernel_w = s.kw, p.depth_multiplier = s.multiplier;
  p.stride_h = s.sh, p.stride_w = s.sw;
  p.pad_top = s.top, p.pad_left = s.left;
  p.dilation_h = s.dh, p.dilation_w = s.dw;
  draw_codes(p, random);
  return p;
}

template <class Kernel>
std::vector<CodeOf<Kernel>> reference(const typename Kernel::Params& p, const std::vector<CodeOf<Kernel>>& input,
                                      const std::vector<std::int8_t>& weights, const ChannelParameters& channels,
                                      bool has_bias) {
  std::vector<CodeOf<Kernel>> output;
  for (std::int32_t n = 0; n < p.batches; ++n)
    for (std::int32_t oy = 0; oy < p.output_h; ++oy)
      for (std::int32_t ox = 0; ox < p.output_w; ++ox)
        for (std::int32_t c = 0; c < p.input_channels; ++c)
          for (std::int32_t j = 0; j < p.depth_multiplier; ++j) {
            const std::int32_t o = c * p.depth_multiplier + j;
            std::int64_t sum = has_bias ? channels.bias[o] : 0;
            for (std::int32_t ky = 0; ky < p.kernel_h; ++ky)
              for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
                const std::int32_t y = oy * p.stride_h - p.pad_top + ky * p.dilation_h;
                const std::int32_t x = ox * p.stride_w - p.pad_left + kx * p.dilation_w;
                if (y < 0 || y >= p.input_h || x < 0 || x >= p.input_w) continue;
                const std::int32_t value = input[((n * p.input_h + y) * p.input_w + x) * p.input_channels + c];
                sum += (value + input_offset_of(p)) * weights[(ky * p.kernel_w + kx) * p.output_channels + o];
              }
            output.push_back(output_of_sum(p, sum, channels.multipliers[o], channels.shifts[o]));
          }
  return output;
}

template <class Kernel>
void check(const Shape& shape, Random& random) {
  const typename Kernel::Params p = params_of<Kernel>(shape, random);
  if (p.output_h == 0 || p.output_w == 0) return;
  const std::int32_t taps = p.kernel_h * p.kernel_w;
  const auto input = random_codes<Kernel>(random, p.batches * p.input_h * p.input_w * p.input_channels);
  const auto weights = random.codes(static_cast<std::size_t>(p.output_channels * taps));
  const ChannelParameters channels = random_channels_of<Kernel>(random, p.output_channels, taps);
  const bool has_bias = !random.one_in(8);
  const auto expected = reference<Kernel>(p, input, weights, channels, has_bias);
  GuardedBuffer<CodeOf<Kernel>> output(expected.size());
  const typename Kernel::Operands operands{
      input.data(),           weights.data(), has_bias ? channels.bias.data() : nullptr, channels.multipliers.data(),
      channels.shifts.data(), output.data()};
  Kernel::run(p, operands);
  ASSERT_EQ(output.values(), expected) << describe(p);
  const StreamShape stream{
      p.batches,  p.input_h, p.input_w * p.input_channels,       p.output_h, p.output_w * p.output_channels,
      p.stride_h, p.pad_top, (p.kernel_h - 1) * p.dilation_h + 1};
  ASSERT_EQ(run_through_rings<Kernel>(p, operands, stream, input), expected) << "streamed:" << describe(p);
}

template <class Kernel>
void every_small_window() {
  Random random(1);
  for (std::int32_t h = 1; h <= 4; ++h)
    for (std::int32_t kh = 1; kh <= 3; ++kh)
      for (std::int32_t kw = 1; kw <= 3; ++kw)
        for (std::int32_t sh = 1; sh <= 3; ++sh)
          for (std::int32_t top = 0; top <= 2; ++top)
            for (std::int32_t bottom = 0; bottom <= 2; ++bottom)
              for (std::int32_t dilation = 1; dilation <= 2; ++dilation) {
                Shape s{.h = h, .w = random.between(1, 5), .in = random.between(1, 9), .kh = kh, .kw = kw, .sh = sh};
                s.sw = random.between(1, 3), s.dh = dilation, s.dw = random.between(1, 2);
                s.top = top, s.bottom = bottom, s.left = random.between(0, 2), s.right = random.between(0, 2);
                check<Kernel>(s, random);
              }
}

template <class Kernel>
void every_depth_multiplier() {
  Random random(2);
  for (std::int32_t multiplier = 1; multiplier <= 10; ++multiplier)
    for (std::int32_t in = 1; in <= 6; ++in) {
      check<Kernel>({.batches = 2,
                     .h = 5,
                     .w = 4,
                     .in = in,
                     .multiplier = multiplier,
                     .kh = 3,
                     .kw = 2,
                     .top = 1,
                     .left = 1,
                     .bottom = 1},
                    random);
    }
}

template <class Kernel>
void random_shapes() {
  Random random(3);
  for (int i = 0; i < 1500; ++i) {
    Shape s{};
    s.batches = random.between(1, 3);
    s.h = random.between(1, 9), s.w = random.between(1, 9), s.in = random.between(1, 13);
    s.multiplier = random.one_in(2) ? 1 : random.between(2, 9);
    s.kh = random.between(1, 5), s.kw = random.between(1, 5);
    s.sh = random.between(1, 6), s.sw = random.between(1, 6);     // also larger than the kernel
    s.top = random.between(0, 7), s.left = random.between(0, 7);  // also larger than the kernel
    s.bottom = random.between(0, 7), s.right = random.between(0, 7);
    s.dh = random.between(1, 3), s.dw = random.between(1, 3);
    check<Kernel>(s, random);
  }
}

template <class Kernel>
void large_shapes() {
  Random random(4);
  check<Kernel>({.h = 25, .w = 5, .in = 64, .kh = 3, .kw = 3, .top = 1, .left = 1, .bottom = 1, .right = 1}, random);
  check<Kernel>(
      {.h = 14, .w = 14, .in = 99, .kh = 5, .kw = 5, .sh = 2, .sw = 2, .top = 1, .left = 1, .bottom = 2, .right = 2},
      random);
  check<Kernel>({.h = 49, .w = 10, .in = 1, .multiplier = 64, .kh = 10, .kw = 4, .sh = 2, .sw = 2, .top = 5, .left = 1},
                random);
}

}  // namespace pudu::kernels::testing::depthwise_conv2d_checks
