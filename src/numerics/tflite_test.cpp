// TensorFlow Lite's factors and bounds, at the places where they differ from the ExecuTorch dialect's.
#include "numerics/tflite.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace pudu::numerics::tflite {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(TfLiteMultiplier, RoundsTiesAwayFromZero) {
  const double tie = 0.5 + std::ldexp(1.0, -32);  // 2^30 + 1/2 in Q0.31
  EXPECT_EQ(quantize_multiplier(tie), (FixedPointMultiplier{(1 << 30) + 1, 0}));
  EXPECT_EQ(numerics::quantize_multiplier(tie), (FixedPointMultiplier{1 << 30, 0}));
}

TEST(TfLiteMultiplier, RoundsUpToThePowerOfTwo) {
  EXPECT_EQ(quantize_multiplier(1.0 - std::ldexp(1.0, -40)), (FixedPointMultiplier{1 << 30, 1}));
}

TEST(TfLiteMultiplier, TooSmallIsZeroAndTooLargeSaturates) {
  EXPECT_EQ(quantize_multiplier(std::ldexp(0.5, -31)), (FixedPointMultiplier{1 << 30, -31}));
  EXPECT_EQ(quantize_multiplier(std::ldexp(0.5, -32)), (FixedPointMultiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(std::ldexp(0.5, 31)), (FixedPointMultiplier{INT32_MAX, 30}));
  EXPECT_EQ(quantize_multiplier(infinity), (FixedPointMultiplier{INT32_MAX, 30}));
  EXPECT_EQ(quantize_multiplier(-1.0), (FixedPointMultiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(std::nan("")), (FixedPointMultiplier{0, 0}));
}

/// m * 2^(e - 31) is the nearest such number to `real`, ties to the larger one, with m in [2^30, 2^31).
TEST(TfLiteMultiplier, IsTheNearestFixedPointNumber) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    // Bits at random, so that every length of mantissa and every exponent in range comes.
    const double mantissa =
        std::ldexp(static_cast<double>((random() >> 11 | std::uint64_t{1} << 52) >> (random() % 53)), -52);
    const double real = std::ldexp(mantissa, static_cast<int>(random() % 64) - 34);
    const FixedPointMultiplier result = quantize_multiplier(real);
    if (result.multiplier == 0) {
      ASSERT_LT(real, std::ldexp(1.0, -32)) << real;
      continue;
    }
    if (result == FixedPointMultiplier{INT32_MAX, 30}) continue;  // saturated
    ASSERT_GE(result.multiplier, 1 << 30) << real;
    // Distances in units of the last place: exact, since both have at most 53 bits.
    const double scaled = std::ldexp(real, 31 - result.shift);
    const double distance = scaled - static_cast<double>(result.multiplier);
    ASSERT_GE(distance, -0.5) << real;  // a tie went up
    ASSERT_LT(distance, 0.5) << real;
  }
}

/// gemmlowp's two steps, as they read: the product in Q0.31 to the nearest, ties up; the shift to the nearest, ties
/// away from zero.
std::int64_t rounded_twice(std::int32_t x, const FixedPointMultiplier& scaling) {
  const std::int64_t left = std::int64_t{x} << (scaling.shift > 0 ? scaling.shift : 0);
  const auto once =
      static_cast<std::int64_t>(std::floor(static_cast<long double>(left * scaling.multiplier) / 2147483648.0L + 0.5L));
  const int right = scaling.shift < 0 ? -scaling.shift : 0;
  return static_cast<std::int64_t>(std::round(std::ldexp(static_cast<long double>(once), -right)));
}

TEST(TfLiteMultiplier, IsAppliedWithTwoRoundings) {
  std::mt19937 random(2);
  for (int i = 0; i < 500'000; ++i) {
    const auto multiplier = static_cast<std::int32_t>(random() >> 2 | 1U << 30);
    const auto shift = static_cast<std::int32_t>(random() % 40) - 31;
    const int bits = static_cast<int>(random() % 31) - (shift > 0 ? shift : 0);
    if (bits < 1) continue;
    const auto magnitude = static_cast<std::int32_t>(random() % (std::uint32_t{1} << bits));
    const std::int32_t x = random() % 2 == 0 ? magnitude : -magnitude;
    ASSERT_EQ(requantize(x, multiplier, shift), rounded_twice(x, {multiplier, shift}))
        << x << ' ' << multiplier << ' ' << shift;
  }
}

/// The factor of a mean is the sum's divided by the number of elements, less than one unit of the multiplier below it.
TEST(TfLiteScaling, MeanDividesTheMultiplierOfTheSum) {
  std::mt19937 random(3);
  for (int i = 0; i < 100'000; ++i) {
    const FixedPointMultiplier sum{static_cast<std::int32_t>(random() >> 2 | 1U << 30),
                                   static_cast<std::int32_t>(random() % 16) - 8};
    const auto elements = static_cast<std::int64_t>(random() >> (9 + random() % 22)) + 1;
    const FixedPointMultiplier mean = mean_scaling(sum, elements);
    ASSERT_GE(mean.shift, -31);
    ASSERT_GE(mean.multiplier, (1 << 29) - 1);
    const double exact =
        std::ldexp(static_cast<double>(sum.multiplier), sum.shift - mean.shift) / static_cast<double>(elements);
    ASSERT_LE(static_cast<double>(mean.multiplier), exact) << elements;
    ASSERT_GT(static_cast<double>(mean.multiplier), exact - 1.0) << elements;
  }
  EXPECT_EQ(mean_scaling({1 << 30, 1}, 1), (FixedPointMultiplier{1 << 30, 1}));
  EXPECT_EQ(mean_scaling({1 << 30, 1}, 4), (FixedPointMultiplier{1 << 30, -1}));
  EXPECT_EQ(mean_scaling({1 << 30, -31}, 3), (FixedPointMultiplier{(1 << 30) / 3, -31})) << "no shift is left";
}

/// Operators differ in where they leave double for float; with these scales each way gives another multiplier.
TEST(TfLiteScaling, PrecisionIsTheOperators) {
  const float a = 0.0123F;
  const float b = 0.0457F;
  const float c = 0.0719F;
  const float product = a * b;
  const float quotient = product / c;
  EXPECT_EQ(float_product_scaling(a, b, c), quantize_multiplier(static_cast<double>(quotient)));
  EXPECT_NE(float_product_scaling(a, b, c), product_scaling(a, b, c));
  const float ratio = a / c;
  EXPECT_EQ(float_ratio_scaling(a, c), quantize_multiplier(static_cast<double>(ratio)));
  EXPECT_NE(float_ratio_scaling(a, c), ratio_scaling(a, c));
  EXPECT_EQ(ratio_scaling(a, c), quantize_multiplier(static_cast<double>(a) / static_cast<double>(c)));
}

TEST(TfLiteScaling, SumsComeToTheLargerScaleTwice) {
  const AddScaling scaling = add_scaling(0.1F, 0.05F, 0.2F);
  EXPECT_EQ(scaling.input1, (FixedPointMultiplier{1 << 30, 0}));
  EXPECT_EQ(scaling.input2, (FixedPointMultiplier{1 << 30, -1}));
  EXPECT_EQ(scaling.output, (FixedPointMultiplier{1 << 30, -19}));
}

TEST(TfLiteScaling, OneScaleForAllWeightsIsMultipliedInFloat) {
  const float a = 0.1F;
  const float b = 0.3F;
  EXPECT_EQ(product_scaling(a, b, 1.0F), quantize_multiplier(static_cast<double>(a) * static_cast<double>(b)));
  EXPECT_EQ(narrow_product_scaling(a, b, 1.0F), quantize_multiplier(static_cast<double>(a * b)));
  EXPECT_NE(product_scaling(a, b, 1.0F), narrow_product_scaling(a, b, 1.0F));
}

TEST(TfLiteActivation, DividesInFloatAndRoundsTiesAway) {
  EXPECT_EQ(activation_code(6.0, 0.5F, -128, -128, 127), -116);
  EXPECT_EQ(activation_code(0.625, 0.25F, 0, -128, 127), 3);  // 2.5 steps
  EXPECT_EQ(activation_code(-0.625, 0.25F, 0, -128, 127), -3);
  EXPECT_EQ(activation_code(infinity, 0.25F, 3, -128, 127), 127);
  EXPECT_EQ(activation_code(-infinity, 0.25F, 3, -128, 127), -128);
  EXPECT_EQ(activation_code(6.0, 1e-30F, 0, -128, 127), 127);
}

}  // namespace
}  // namespace pudu::numerics::tflite
