// max_pool2d_s16 against the plain maximum, dilation and ceil windows included; rows through rings.
#include "kernels/max_pool2d_s16/max_pool2d_s16.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/pool_shapes.hpp"
#include "kernels/testing/row_streaming.hpp"
#include "kernels/testing/wide_layers.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

void check(const PoolShape& s, Random& random) {
  MaxPool2dS16Params p{};
  p.batches = s.batches, p.input_h = s.h, p.input_w = s.w, p.channels = s.channels;
  p.output_h = pool_extent(s.h, s.top, s.bottom, s.kh, s.dh, s.sh, s.overhang);
  p.output_w = pool_extent(s.w, s.left, s.right, s.kw, s.dw, s.sw, s.overhang);
  p.kernel_h = s.kh, p.kernel_w = s.kw, p.stride_h = s.sh, p.stride_w = s.sw;
  p.pad_top = s.top, p.pad_left = s.left, p.dilation_h = s.dh, p.dilation_w = s.dw;
  const Clamp clamp = random_wide_clamp(random);
  p.output_min = clamp.low, p.output_max = clamp.high;
  if (p.output_h == 0 || p.output_w == 0) return;
  const auto input = random.wide_codes(static_cast<std::size_t>(p.batches * p.input_h * p.input_w * p.channels));
  std::vector<std::int16_t> expected;
  for (std::int32_t n = 0; n < p.batches; ++n)
    for (std::int32_t oy = 0; oy < p.output_h; ++oy)
      for (std::int32_t ox = 0; ox < p.output_w; ++ox)
        for (std::int32_t c = 0; c < p.channels; ++c) {
          std::vector<std::int32_t> taps;
          for (std::int32_t ky = 0; ky < p.kernel_h; ++ky)
            for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
              const std::int32_t y = oy * p.stride_h - p.pad_top + ky * p.dilation_h;
              const std::int32_t x = ox * p.stride_w - p.pad_left + kx * p.dilation_w;
              if (y < 0 || y >= p.input_h || x < 0 || x >= p.input_w) continue;
              taps.push_back(input[((n * p.input_h + y) * p.input_w + x) * p.channels + c]);
            }
          const std::int32_t largest = taps.empty() ? -32768 : *std::max_element(taps.begin(), taps.end());
          expected.push_back(static_cast<std::int16_t>(std::clamp(largest, p.output_min, p.output_max)));
        }
  GuardedBuffer<std::int16_t> output(expected.size());
  const MaxPool2dS16Operands operands{input.data(), output.data()};
  MaxPool2dS16::run(p, operands);
  ASSERT_EQ(output.values(), expected) << describe(p);
  const StreamShape stream{p.batches,
                           p.input_h,
                           p.input_w * p.channels,
                           p.output_h,
                           p.output_w * p.channels,
                           p.stride_h,
                           p.pad_top,
                           (p.kernel_h - 1) * p.dilation_h + 1};
  ASSERT_EQ(run_through_rings<MaxPool2dS16>(p, operands, stream, input), expected) << "streamed:" << describe(p);
}

TEST(MaxPool2dS16, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 4000; ++i) check(random_pool(random), random);
}

TEST(MaxPool2dS16, CommonShapes) {
  Random random(2);
  check({1, 112, 112, 5, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, Overhang::Cut}, random);
  check({1, 28, 28, 12, 2, 2, 2, 2, 0, 0, 0, 0, 1, 1, Overhang::Keep}, random);
}

TEST(MaxPool2dS16, AWindowInThePaddingGivesTheLowerBound) {
  MaxPool2dS16Params p{};
  p.batches = 1, p.input_h = 1, p.input_w = 1, p.channels = 5, p.output_h = 1, p.output_w = 2;
  p.kernel_h = p.kernel_w = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.pad_left = 1, p.output_min = -777, p.output_max = 1000;
  const std::int16_t input[] = {-32768, -1, 5, 32767, 0};
  std::int16_t output[10];
  MaxPool2dS16::run(p, {input, output});
  EXPECT_EQ(std::vector<std::int16_t>(output, output + 10),
            (std::vector<std::int16_t>{-777, -777, -777, -777, -777, -777, -1, 5, 1000, 0}));
}

static_assert(MaxPool2dS16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
