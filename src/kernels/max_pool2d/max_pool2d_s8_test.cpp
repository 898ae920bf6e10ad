// max_pool2d_s8 against the plain maximum, dilation and ceil windows included; rows through rings.
#include "kernels/max_pool2d/max_pool2d_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/pool_shapes.hpp"
#include "kernels/testing/reference.hpp"
#include "kernels/testing/row_streaming.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

void check(const PoolShape& s, Random& random) {
  MaxPool2dS8Params p{};
  p.batches = s.batches, p.input_h = s.h, p.input_w = s.w, p.channels = s.channels;
  p.output_h = pool_extent(s.h, s.top, s.bottom, s.kh, s.dh, s.sh, s.overhang);
  p.output_w = pool_extent(s.w, s.left, s.right, s.kw, s.dw, s.sw, s.overhang);
  p.kernel_h = s.kh, p.kernel_w = s.kw, p.stride_h = s.sh, p.stride_w = s.sw;
  p.pad_top = s.top, p.pad_left = s.left, p.dilation_h = s.dh, p.dilation_w = s.dw;
  const Clamp clamp = random_clamp(random);
  p.activation_min = clamp.low, p.activation_max = clamp.high;
  if (p.output_h == 0 || p.output_w == 0) return;
  const auto input = random.codes(static_cast<std::size_t>(p.batches * p.input_h * p.input_w * p.channels));
  std::vector<std::int8_t> expected;
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
          const std::int32_t largest = taps.empty() ? -128 : *std::max_element(taps.begin(), taps.end());
          expected.push_back(static_cast<std::int8_t>(std::clamp(largest, p.activation_min, p.activation_max)));
        }
  GuardedBuffer<std::int8_t> output(expected.size());
  const MaxPool2dS8Operands operands{input.data(), output.data()};
  MaxPool2dS8::run(p, operands);
  ASSERT_EQ(output.values(), expected) << describe(p);
  const StreamShape stream{p.batches,
                           p.input_h,
                           p.input_w * p.channels,
                           p.output_h,
                           p.output_w * p.channels,
                           p.stride_h,
                           p.pad_top,
                           (p.kernel_h - 1) * p.dilation_h + 1};
  ASSERT_EQ(run_through_rings<MaxPool2dS8>(p, operands, stream, input), expected) << "streamed:" << describe(p);
}

TEST(MaxPool2dS8, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 4000; ++i) check(random_pool(random), random);
}

TEST(MaxPool2dS8, CommonShapes) {
  Random random(2);
  check({1, 112, 112, 5, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, Overhang::Cut}, random);
  check({1, 28, 28, 12, 2, 2, 2, 2, 0, 0, 0, 0, 1, 1, Overhang::Keep}, random);
}

TEST(MaxPool2dS8, AWindowInThePaddingGivesTheLowerBound) {
  MaxPool2dS8Params p{};
  p.batches = 1, p.input_h = 1, p.input_w = 1, p.channels = 5, p.output_h = 1, p.output_w = 2;
  p.kernel_h = p.kernel_w = p.stride_h = p.stride_w = p.dilation_h = p.dilation_w = 1;
  p.pad_left = 1, p.activation_min = -77, p.activation_max = 100;
  const std::int8_t input[] = {-128, -1, 5, 127, 0};
  std::int8_t output[10];
  MaxPool2dS8::run(p, {input, output});
  EXPECT_EQ(std::vector<std::int8_t>(output, output + 10),
            (std::vector<std::int8_t>{-77, -77, -77, -77, -77, -77, -1, 5, 100, 0}));
}

static_assert(MaxPool2dS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
