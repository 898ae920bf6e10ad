// Tests only: depthwise convolutions against the plain sum, for codes of every width: every small shape, random larger
// ones, rows through rings.
#pragma once

#include "kernels/testing/code_layers.hpp"

namespace pudu::kernels::testing::depthwise_conv2d_checks {

using Shape = ConvolutionShape;

template <class Kernel>
typename Kernel::Params params_of(const Shape& s, Random& random) {
  auto p = convolution_params<Kernel>(s, random);
  p.output_channels = s.in * s.multiplier, p.depth_multiplier = s.multiplier;
  return p;
}

template <class Kernel>
std::vector<ResultOf<Kernel>> reference(const typename Kernel::Params& p, const std::vector<CodeOf<Kernel>>& input,
                                        const std::vector<std::int8_t>& weights, const ChannelParameters& channels,
                                        bool has_bias) {
  std::vector<ResultOf<Kernel>> output;
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
                sum += std::int64_t{value + p.input_offset} * weights[(ky * p.kernel_w + kx) * p.output_channels + o];
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
                      p.kernel_h * p.kernel_w, random,
                      [&](const auto&... data) { return reference<Kernel>(p, data...); });
}

template <class Kernel>
void every_small_window() {
  Random random(1);
  for_every_small_window(random, [&](Shape s) {
    s.in = random.between(1, 9);
    check<Kernel>(s, random);
  });
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
    Shape s = random_convolution_shape(random);
    s.in = random.between(1, 20), s.multiplier = random.one_in(2) ? 1 : random.between(2, 9);
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
