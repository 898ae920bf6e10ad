// avg_pool2d_s8 against the mean of dequantized taps by PyTorch's rules; rows through rings.
#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/avg_pool2d_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;
using namespace testing::avg_pool2d_checks;

TEST(AvgPool2dS8, RandomShapes) {
  random_shapes<AvgPool2dS8>();
}

TEST(AvgPool2dS8, EveryWindowSizeUpToTheLimitOfTheReciprocal) {
  every_window_size<AvgPool2dS8>();
}

TEST(AvgPool2dS8, EverySumOfASmallWindow) {
  // 3 taps of every sum: the rounding of thirds, both signs.
  Random random(3);
  const AvgPool2dS8Params p = whole_image<AvgPool2dS8>(1, 3, 1, random);
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
  ties_go_away_from_zero<AvgPool2dS8>(1);
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
  AvgPool2dS8Params p = whole_image<AvgPool2dS8>(5, 5, 1, random);
  p.pad_value = 0;
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
  check<AvgPool2dS8>(params_of<AvgPool2dS8>({1, 112, 112, 3, 112, 112, 1, 1, 0, 0, 0, 0, 1, 1, Overhang::Cut}, random),
                     random);
}

static_assert(AvgPool2dS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
