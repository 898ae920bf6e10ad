// avg_pool2d_s8 against the mean of dequantized taps by PyTorch's rules; rows through rings.
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/pool_shapes.hpp"
#include "kernels/testing/reference.hpp"
#include "kernels/testing/row_streaming.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

AvgPool2dS8Params params_of(const PoolShape& s, Random& random) {
  AvgPool2dS8Params p{};
  p.batches = s.batches, p.input_h = s.h, p.input_w = s.w, p.channels = s.channels;
  p.output_h = pool_extent(s.h, s.top, s.bottom, s.kh, 1, s.sh, s.overhang);
  p.output_w = pool_extent(s.w, s.left, s.right, s.kw, 1, s.sw, s.overhang);
  p.kernel_h = s.kh, p.kernel_w = s.kw, p.stride_h = s.sh, p.stride_w = s.sw;
  p.pad_top = s.top, p.pad_left = s.left, p.pad_bottom = s.bottom, p.pad_right = s.right;
  p.count_include_pad = random.between(0, 1);
  p.divisor_override = random.one_in(4) ? random.between(1, 2000) : 0;
  p.pad_value = random.zero_point();
  const Clamp clamp = random_clamp(random);
  p.activation_min = clamp.low, p.activation_max = clamp.high;
  return p;
}

/// round(numerator / divisor), ties away from zero.
std::int64_t round_quotient(std::int64_t numerator, std::int64_t divisor) {
  return numerator >= 0 ? floor_divide(2 * numerator + divisor, 2 * divisor)
                        : -floor_divide(-2 * numerator + divisor, 2 * divisor);
}

std::vector<std::int8_t> reference(const AvgPool2dS8Params& p, const std::vector<std::int8_t>& input) {
  std::vector<std::int8_t> output;
  for (std::int32_t n = 0; n < p.batches; ++n)
    for (std::int32_t oy = 0; oy < p.output_h; ++oy)
      for (std::int32_t ox = 0; ox < p.output_w; ++ox)
        for (std::int32_t c = 0; c < p.channels; ++c) {
          std::int64_t sum = 0, valid = 0, pool_size = 0;  // sum of code - zero point
          for (std::int32_t ky = 0; ky < p.kernel_h; ++ky)
            for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
              const std::int32_t y = oy * p.stride_h - p.pad_top + ky, x = ox * p.stride_w - p.pad_left + kx;
              if (y >= p.input_h + p.pad_bottom || x >= p.input_w + p.pad_right) continue;
              ++pool_size;
              if (y < 0 || y >= p.input_h || x < 0 || x >= p.input_w) continue;
              ++valid;
              sum += input[((n * p.input_h + y) * p.input_w + x) * p.channels + c] - p.pad_value;
            }
          std::int64_t divisor = p.count_include_pad != 0 ? pool_size : valid;
          if (p.divisor_override != 0) divisor = p.divisor_override;
          // The mean of raw codes decides ties: zero point added before the division.
          const std::int64_t code = valid == 0 ? p.pad_value : round_quotient(sum + divisor * p.pad_value, divisor);
          output.push_back(
              static_cast<std::int8_t>(std::clamp<std::int64_t>(code, p.activation_min, p.activation_max)));
        }
  return output;
}

void check(const AvgPool2dS8Params& p, Random& random) {
  if (p.output_h == 0 || p.output_w == 0) return;
  const auto input = random.codes(static_cast<std::size_t>(p.batches * p.input_h * p.input_w * p.channels));
  const auto expected = reference(p, input);
  GuardedBuffer<std::int8_t> output(expected.size());
  const AvgPool2dS8Operands operands{input.data(), output.data()};
  AvgPool2dS8::run(p, operands);
  ASSERT_EQ(output.values(), expected) << describe(p);
  const StreamShape stream{
      p.batches, p.input_h, p.input_w * p.channels, p.output_h, p.output_w * p.channels, p.stride_h,
      p.pad_top, p.kernel_h};
  ASSERT_EQ(run_through_rings<AvgPool2dS8>(p, operands, stream, input), expected) << "streamed:" << describe(p);
}

TEST(AvgPool2dS8, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 4000; ++i) check(params_of(random_pool(random), random), random);
}

TEST(AvgPool2dS8, EveryWindowSizeUpToTheLimitOfTheReciprocal) {
  // Every divisor from 1 to 25 * 25, so both ways to divide, with sums at their extremes.
  Random random(2);
  for (std::int32_t k = 1; k <= 25; ++k)
    for (std::int32_t w = 1; w <= 25; ++w) {
      AvgPool2dS8Params p = params_of({1, k, w, 5, k, w, 1, 1, 0, 0, 0, 0, 1, 1, Overhang::Cut}, random);
      p.divisor_override = 0, p.activation_min = -128, p.activation_max = 127;
      check(p, random);
      for (const std::int8_t value : {std::int8_t{-128}, std::int8_t{127}, std::int8_t{0}, std::int8_t{-1}}) {
        const std::vector<std::int8_t> input(static_cast<std::size_t>(k * w * 5), value);
        std::int8_t output[5];
        AvgPool2dS8::run(p, {input.data(), output});
        ASSERT_EQ(output[0], value) << k << "x" << w;
        ASSERT_EQ(output[4], value) << k << "x" << w;
      }
    }
}

TEST(AvgPool2dS8, EverySumOfASmallWindow) {
  // 3 taps of every sum: the rounding of thirds, both signs.
  Random random(3);
  AvgPool2dS8Params p = params_of({1, 1, 3, 1, 1, 3, 1, 1, 0, 0, 0, 0, 1, 1, Overhang::Cut}, random);
  p.divisor_override = 0, p.activation_min = -128, p.activation_max = 127;
  for (int sum = -384; sum <= 381; ++sum) {
    const int a = std::clamp(sum, -128, 127), b = std::clamp(sum - a, -128, 127);
    const std::int8_t input[] = {static_cast<std::int8_t>(a), static_cast<std::int8_t>(b),
                                 static_cast<std::int8_t>(sum - a - b)};
    std::int8_t output = 0;
    AvgPool2dS8::run(p, {input, &output});
    ASSERT_EQ(output, round_quotient(sum, 3)) << sum;
  }
}

TEST(AvgPool2dS8, TiesGoAwayFromZero) {
  Random random(4);
  AvgPool2dS8Params p = params_of({1, 1, 2, 1, 1, 2, 1, 1, 0, 0, 0, 0, 1, 1, Overhang::Cut}, random);
  p.divisor_override = 0, p.activation_min = -128, p.activation_max = 127;
  std::int8_t output = 0;
  const std::int8_t positive[] = {1, 2}, negative[] = {-1, -2};
  AvgPool2dS8::run(p, {positive, &output});
  EXPECT_EQ(output, 2);
  AvgPool2dS8::run(p, {negative, &output});
  EXPECT_EQ(output, -2);
}

TEST(AvgPool2dS8, PyTorchsCountsWhenCeilModeCutsAWindow) {
  // in 5, kernel 3, stride 2, padding 1, ceil_mode: aten::avg_pool2d gives 3 outputs, the last over columns 3, 4 and
  // one of padding: pool size 3. With in 6 the last of 4 windows starts at column 5: column 5 and one of padding: pool
  // size 2.
  AvgPool2dS8Params p{};
  p.batches = 1, p.input_h = 1, p.input_w = 6, p.channels = 1, p.output_h = 1, p.output_w = 4;
  p.kernel_h = 1, p.kernel_w = 3, p.stride_h = 1, p.stride_w = 2;
  p.pad_left = 1, p.pad_right = 1, p.count_include_pad = 1;
  p.activation_min = -128, p.activation_max = 127;
  const std::int8_t input[] = {30, 30, 30, 30, 30, 30};
  std::int8_t output[4];
  AvgPool2dS8::run(p, {input, output});
  EXPECT_EQ(std::vector<std::int8_t>(output, output + 4), (std::vector<std::int8_t>{20, 30, 30, 15}));
  p.count_include_pad = 0;
  AvgPool2dS8::run(p, {input, output});
  EXPECT_EQ(std::vector<std::int8_t>(output, output + 4), (std::vector<std::int8_t>{30, 30, 30, 30}));
  p.divisor_override = 10;
  AvgPool2dS8::run(p, {input, output});
  EXPECT_EQ(std::vector<std::int8_t>(output, output + 4), (std::vector<std::int8_t>{6, 9, 9, 3}));
}

TEST(AvgPool2dS8, ADivisorBelowTheWindowSaturates) {
  // The quotient leaves int8 by far: 25 codes summed, zero point 0.
  Random random(6);
  AvgPool2dS8Params p = params_of({1, 5, 5, 1, 5, 5, 1, 1, 0, 0, 0, 0, 1, 1, Overhang::Cut}, random);
  p.pad_value = 0, p.activation_min = -128, p.activation_max = 127;
  for (p.divisor_override = 1; p.divisor_override <= 30; ++p.divisor_override) {
    for (int value = -128; value <= 127; ++value) {
      const std::vector<std::int8_t> input(25, static_cast<std::int8_t>(value));
      std::int8_t output = 0;
      AvgPool2dS8::run(p, {input.data(), &output});
      ASSERT_EQ(output, std::clamp<std::int64_t>(round_quotient(25 * value, p.divisor_override), -128, 127))
          << value << " / " << p.divisor_override;
    }
  }
}

TEST(AvgPool2dS8, WholeImageOfMaximalSize) {
  Random random(5);
  check(params_of({1, 112, 112, 3, 112, 112, 1, 1, 0, 0, 0, 0, 1, 1, Overhang::Cut}, random), random);
}

static_assert(AvgPool2dS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
