// transpose_conv2d_f32 against scattering every input element, in double.
#include "kernels/transpose_conv2d_f32/transpose_conv2d_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/float_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(TransposeConv2dF32, IsTheSumOfProducts) {
  Random random(1);
  for (int i = 0; i < 150; ++i) {
    TransposeConv2dF32Params p{};
    p.batches = random.between(1, 2);
    p.input_h = random.between(1, 7), p.input_w = random.between(1, 7);
    p.kernel_h = random.between(1, 3), p.kernel_w = random.between(1, 3);
    p.stride_h = random.between(1, 3), p.stride_w = random.between(1, 3);
    p.pad_top = random.between(0, 2), p.pad_left = random.between(0, 2);
    p.dilation_h = random.between(1, 2), p.dilation_w = random.between(1, 2);
    p.input_channels = random.between(1, 4), p.output_channels = random.between(1, 4);
    p.output_h = (p.input_h - 1) * p.stride_h + (p.kernel_h - 1) * p.dilation_h + 1 - 2 * p.pad_top;
    p.output_w = (p.input_w - 1) * p.stride_w + (p.kernel_w - 1) * p.dilation_w + 1 - 2 * p.pad_left;
    p.minimum = random.one_in(2) ? -1.0F : -largest_float;
    p.maximum = random.one_in(2) ? 1.0F : largest_float;
    if (p.output_h < 1 || p.output_w < 1) continue;
    const auto size = [](std::int32_t a, std::int32_t b, std::int32_t c, std::int32_t d) {
      return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c) *
             static_cast<std::size_t>(d);
    };
    const std::int32_t per_group = p.input_channels;
    const auto input = reals(random, size(p.batches, p.input_h, p.input_w, p.input_channels));
    const auto weights = reals(random, size(p.output_channels, p.kernel_h, p.kernel_w, per_group));
    const auto bias = reals(random, static_cast<std::size_t>(p.output_channels));
    std::vector<double> expected(size(p.batches, p.output_h, p.output_w, p.output_channels));
    const auto add = [&](std::int32_t n, std::int32_t y, std::int32_t x, std::int32_t o, std::int32_t in_y,
                         std::int32_t in_x, std::int32_t r, std::int32_t s, std::int32_t c, std::int32_t channel) {
      const std::int32_t to = ((n * p.output_h + y) * p.output_w + x) * p.output_channels + o;
      const std::int32_t from = ((n * p.input_h + in_y) * p.input_w + in_x) * p.input_channels + channel;
      const std::int32_t tap = ((o * p.kernel_h + r) * p.kernel_w + s) * per_group + c;
      expected[static_cast<std::size_t>(to)] += static_cast<double>(input[static_cast<std::size_t>(from)]) *
                                                static_cast<double>(weights[static_cast<std::size_t>(tap)]);
    };
    for (std::int32_t n = 0; n < p.batches; ++n)
      for (std::int32_t in_y = 0; in_y < p.input_h; ++in_y)
        for (std::int32_t in_x = 0; in_x < p.input_w; ++in_x)
          for (std::int32_t o = 0; o < p.output_channels; ++o)
            for (std::int32_t r = 0; r < p.kernel_h; ++r)
              for (std::int32_t s = 0; s < p.kernel_w; ++s) {
                const std::int32_t y = in_y * p.stride_h - p.pad_top + r * p.dilation_h;
                const std::int32_t x = in_x * p.stride_w - p.pad_left + s * p.dilation_w;
                if (y < 0 || y >= p.output_h || x < 0 || x >= p.output_w) continue;
                for (std::int32_t c = 0; c < per_group; ++c) add(n, y, x, o, in_y, in_x, r, s, c, c);
              }
    for (std::size_t k = 0; k < expected.size(); ++k) {
      const auto o = k % static_cast<std::size_t>(p.output_channels);
      expected[k] = std::clamp(expected[k] + static_cast<double>(bias[o]), static_cast<double>(p.minimum),
                               static_cast<double>(p.maximum));
    }
    GuardedBuffer<float> output(expected.size());
    TransposeConv2dF32::run(p, {input.data(), weights.data(), bias.data(), output.data()});
    expect_near(output.values(), expected, 2e-5);
  }
}

}  // namespace
}  // namespace pudu::kernels
