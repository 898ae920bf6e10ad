// Tests only: convolutions against the plain sum, for codes of every width: every small shape, random larger ones, rows
// through rings.
#pragma once

#include "kernels/testing/code_layers.hpp"

namespace pudu::kernels::testing::conv2d_checks {

using Shape = ConvolutionShape;

template <class Kernel>
typename Kernel::Params params_of(const Shape& s, Random& random) {
  auto p = convolution_params<Kernel>(s, random);
  p.output_channels = s.out, p.groups = s.groups;
  return p;
}

template <class Kernel>
std::vector<ResultOf<Kernel>> reference(const typename Kernel::Params& p, const std::vector<CodeOf<Kernel>>& input,
                                        const std::vector<std::int8_t>& weights, const ChannelParameters& channels,
                                        bool has_bias) {
  std::vector<ResultOf<Kernel>> output;
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
          output.push_back(output_of_sum<Kernel>(p, sum, channels.multipliers[o], channels.shifts[o]));
        }
  return output;
}

template <class Kernel>
void check(const Shape& shape, Random& random) {
  const typename Kernel::Params p = params_of<Kernel>(shape, random);
  if (p.output_h == 0 || p.output_w == 0) return;
  check_layer<Kernel>(p, p.batches * p.input_h * p.input_w * p.input_channels, p.output_channels,
                      p.kernel_h * p.kernel_w * p.input_channels / p.groups, random,
                      [&](const auto&... data) { return reference<Kernel>(p, data...); });
}

template <class Kernel>
void every_small_window() {
  Random random(1);
  for_every_small_window(random, [&](Shape s) {
    for (s.groups = 1; s.groups <= 2; ++s.groups) {
      s.in = 2, s.out = 2 * random.between(1, 4);
      check<Kernel>(s, random);
    }
  });
}

template <class Kernel>
void pointwise_at_every_stride_and_padding() {
  Random random(2);
  for (std::int32_t stride = 1; stride <= 3; ++stride)
    for (std::int32_t pad = 0; pad <= 2; ++pad)
      for (std::int32_t right = 0; right <= 3; ++right)
        for (std::int32_t in = 1; in <= 9; ++in) {
          check<Kernel>({.batches = 2,
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

template <class Kernel>
void one_row_kernels() {
  Random random(3);
  for (std::int32_t kw = 1; kw <= 5; ++kw)
    for (std::int32_t stride = 1; stride <= 3; ++stride)
      for (std::int32_t pad = 0; pad <= 6; ++pad)
        for (std::int32_t dilation = 1; dilation <= 2; ++dilation) {
          check<Kernel>({.h = 1,
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

template <class Kernel>
void random_shapes() {
  Random random(4);
  for (int i = 0; i < 1500; ++i) {
    Shape s = random_convolution_shape(random);
    s.groups = random.one_in(3) ? random.between(2, 4) : 1;
    s.in = s.groups * random.between(1, 7), s.out = s.groups * random.between(1, 9);
    check<Kernel>(s, random);
  }
}

template <class Kernel>
void large_shapes() {
  Random random(5);
  check<Kernel>({.h = 32,
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
  check<Kernel>({.h = 49,
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
  check<Kernel>({.h = 14, .w = 14, .in = 130, .out = 67, .kh = 1, .kw = 1}, random);
  check<Kernel>({.h = 12,
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

}  // namespace pudu::kernels::testing::conv2d_checks
