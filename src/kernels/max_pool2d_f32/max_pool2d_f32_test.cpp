// max_pool2d_f32 against the largest of the taps.
#include "kernels/max_pool2d_f32/max_pool2d_f32.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/float_data.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(MaxPool2dF32, RandomWindows) {
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    MaxPool2dS8Params p{};
    p.batches = random.between(1, 2), p.channels = random.between(1, 4);
    p.input_h = random.between(1, 8), p.input_w = random.between(1, 8);
    p.kernel_h = random.between(1, 3), p.kernel_w = random.between(1, 3);
    p.stride_h = random.between(1, 3), p.stride_w = random.between(1, 3);
    p.pad_top = random.between(0, p.kernel_h - 1), p.pad_left = random.between(0, p.kernel_w - 1);
    p.dilation_h = random.between(1, 2), p.dilation_w = random.between(1, 2);
    p.pad_top = 0, p.pad_left = 0;
    p.output_h = output_extent(p.input_h, 0, p.kernel_h, p.dilation_h, p.stride_h);
    p.output_w = output_extent(p.input_w, 0, p.kernel_w, p.dilation_w, p.stride_w);
    if (p.output_h < 1 || p.output_w < 1) continue;
    const auto input = reals(random, static_cast<std::size_t>(p.batches * p.input_h * p.input_w * p.channels));
    std::vector<double> expected;
    for (std::int32_t n = 0; n < p.batches; ++n)
      for (std::int32_t y = 0; y < p.output_h; ++y)
        for (std::int32_t x = 0; x < p.output_w; ++x)
          for (std::int32_t c = 0; c < p.channels; ++c) {
            std::vector<double> taps;
            for (std::int32_t r = 0; r < p.kernel_h; ++r)
              for (std::int32_t s = 0; s < p.kernel_w; ++s) {
                const std::int32_t in_y = y * p.stride_h - p.pad_top + r * p.dilation_h;
                const std::int32_t in_x = x * p.stride_w - p.pad_left + s * p.dilation_w;
                if (in_y < 0 || in_y >= p.input_h || in_x < 0 || in_x >= p.input_w) continue;
                const std::int32_t at = ((n * p.input_h + in_y) * p.input_w + in_x) * p.channels + c;
                taps.push_back(static_cast<double>(input[static_cast<std::size_t>(at)]));
              }
            expected.push_back(*std::max_element(taps.begin(), taps.end()));
          }
    GuardedBuffer<float> output(expected.size());
    MaxPool2dF32::run(p, {input.data(), output.data()});
    expect_near(output.values(), expected, 1e-6);
  }
}

}  // namespace
}  // namespace pudu::kernels
