// avg_pool2d_f32 against the mean of the taps in double.
#include "kernels/avg_pool2d_f32/avg_pool2d_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/float_data.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(AvgPool2dF32, RandomWindows) {
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    AvgPool2dS8Params p{};
    p.batches = random.between(1, 2), p.channels = random.between(1, 4);
    p.input_h = random.between(1, 8), p.input_w = random.between(1, 8);
    p.kernel_h = random.between(1, 3), p.kernel_w = random.between(1, 3);
    p.stride_h = random.between(1, 3), p.stride_w = random.between(1, 3);
    p.pad_top = random.between(0, p.kernel_h - 1), p.pad_left = random.between(0, p.kernel_w - 1);
    p.pad_bottom = p.pad_top, p.pad_right = p.pad_left;
    p.count_include_pad = random.between(0, 1);
    p.divisor_override = random.one_in(4) ? random.between(1, 9) : 0;
    p.output_h = output_extent(p.input_h, 2 * p.pad_top, p.kernel_h, 1, p.stride_h);
    p.output_w = output_extent(p.input_w, 2 * p.pad_left, p.kernel_w, 1, p.stride_w);
    if (p.output_h < 1 || p.output_w < 1) continue;
    const auto input = reals(random, static_cast<std::size_t>(p.batches * p.input_h * p.input_w * p.channels));
    std::vector<double> expected;
    for (std::int32_t n = 0; n < p.batches; ++n)
      for (std::int32_t y = 0; y < p.output_h; ++y)
        for (std::int32_t x = 0; x < p.output_w; ++x)
          for (std::int32_t c = 0; c < p.channels; ++c) {
            std::vector<double> taps;
            std::int32_t padded = 0;
            for (std::int32_t r = 0; r < p.kernel_h; ++r)
              for (std::int32_t s = 0; s < p.kernel_w; ++s) {
                const std::int32_t in_y = y * p.stride_h - p.pad_top + r * 1;
                const std::int32_t in_x = x * p.stride_w - p.pad_left + s * 1;
                padded += in_y < p.input_h + p.pad_bottom && in_x < p.input_w + p.pad_right ? 1 : 0;
                if (in_y < 0 || in_y >= p.input_h || in_x < 0 || in_x >= p.input_w) continue;
                const std::int32_t at = ((n * p.input_h + in_y) * p.input_w + in_x) * p.channels + c;
                taps.push_back(static_cast<double>(input[static_cast<std::size_t>(at)]));
              }
            double sum = 0;
            for (const double tap : taps) sum += tap;
            const auto valid = static_cast<double>(taps.size());
            const double divisor = p.divisor_override != 0    ? p.divisor_override
                                   : p.count_include_pad != 0 ? padded
                                                              : valid;
            expected.push_back(taps.empty() ? 0.0 : sum / divisor);
          }
    GuardedBuffer<float> output(expected.size());
    AvgPool2dF32::run(p, {input.data(), output.data()});
    expect_near(output.values(), expected, 1e-6);
  }
}

}  // namespace
}  // namespace pudu::kernels
