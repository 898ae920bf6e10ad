// Fixed-point parameters: exact cases, round trips, ties, saturation and arguments that make no sense.
#include "numerics/quantize_multiplier.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace pudu::numerics {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

TEST(QuantizeMultiplier, ExactPowersOfTwo) {
  for (int exponent = -31; exponent <= 30; ++exponent) {
    // real = 0.5 * 2^exponent
    EXPECT_EQ(quantize_multiplier(std::ldexp(0.5, exponent)), (FixedPointMultiplier{1 << 30, exponent})) << exponent;
  }
}

TEST(QuantizeMultiplier, WithinHalfAUnitEverywhere) {
  std::mt19937_64 engine(1);
  for (int i = 0; i < 100000; ++i) {
    const double mantissa = 0.5 + static_cast<double>(engine() >> 12) / 9007199254740992.0;
    const int exponent = static_cast<int>(engine() % 61) - 30;
    const double real = std::ldexp(mantissa, exponent);
    const FixedPointMultiplier fixed = quantize_multiplier(real);
    ASSERT_GE(fixed.multiplier, 1 << 30);
    ASSERT_LE(std::fabs(std::ldexp(fixed.multiplier, fixed.shift - 31) - real), std::ldexp(0.5, exponent - 31));
  }
}

TEST(QuantizeMultiplier, TiesGoToEven) {
  EXPECT_EQ(quantize_multiplier((1073741824.0 + 0.5) / 2147483648.0), (FixedPointMultiplier{1073741824, 0}));
  EXPECT_EQ(quantize_multiplier((1073741825.0 + 0.5) / 2147483648.0), (FixedPointMultiplier{1073741826, 0}));
}

TEST(QuantizeMultiplier, AMantissaThatRoundsToOneBecomesTheNextPower) {
  EXPECT_EQ(quantize_multiplier(1.0 - std::ldexp(1.0, -40)), (FixedPointMultiplier{1 << 30, 1}));
  EXPECT_EQ(quantize_multiplier(std::ldexp(1.0 - std::ldexp(1.0, -40), -32)), (FixedPointMultiplier{1 << 30, -31}));
}

TEST(QuantizeMultiplier, OutOfRange) {
  EXPECT_EQ(quantize_multiplier(std::ldexp(0.75, -32)), (FixedPointMultiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(std::numeric_limits<double>::denorm_min()), (FixedPointMultiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(0.0), (FixedPointMultiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(-1.0), (FixedPointMultiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(not_a_number), (FixedPointMultiplier{0, 0}));
  EXPECT_EQ(quantize_multiplier(std::ldexp(0.5, 31)), (FixedPointMultiplier{INT32_MAX, 30}));
  EXPECT_EQ(quantize_multiplier(infinity), (FixedPointMultiplier{INT32_MAX, 30}));
}

TEST(RoundHalfEven, Ties) {
  EXPECT_EQ(round_half_even(0.5), 0.0);
  EXPECT_EQ(round_half_even(1.5), 2.0);
  EXPECT_EQ(round_half_even(2.5), 2.0);
  EXPECT_EQ(round_half_even(-0.5), 0.0);
  EXPECT_EQ(round_half_even(-1.5), -2.0);
  EXPECT_EQ(round_half_even(-2.5), -2.0);
  EXPECT_EQ(round_half_even(2.4999), 2.0);
  EXPECT_EQ(round_half_even(-2.5001), -3.0);
}

TEST(RoundHalfAway, Ties) {
  EXPECT_EQ(round_half_away(0.5), 1.0);
  EXPECT_EQ(round_half_away(2.5), 3.0);
  EXPECT_EQ(round_half_away(-0.5), -1.0);
  EXPECT_EQ(round_half_away(-2.4), -2.0);
}

TEST(AddScaling, IsTheDialectsFormula) {
  const AddScaling scaling = add_scaling(0.5, 0.25, 0.125);  // S = 1
  EXPECT_EQ(scaling.input1, (FixedPointMultiplier{1 << 30, 0}));
  EXPECT_EQ(scaling.input2, (FixedPointMultiplier{1 << 30, -1}));
  EXPECT_EQ(scaling.output, (FixedPointMultiplier{1 << 30, 4 - 20}));  // 1 / 0.125 = 0.5 * 2^4
  const AddScaling swapped = add_scaling(0.25, 0.5, 0.125);
  EXPECT_EQ(swapped.input1, scaling.input2);
  EXPECT_EQ(swapped.input2, scaling.input1);
}

TEST(ProductScaling, IsTheQuotientOfScales) {
  EXPECT_EQ(product_scaling(0.5, 0.25, 0.5), quantize_multiplier(0.25));
}

TEST(SoftmaxScaling, OrdinaryScales) {
  const SoftmaxScaling scaling = softmax_scaling(1.0 / 16);  // real = 2^22 = 0.5 * 2^23
  EXPECT_EQ(scaling.multiplier, 1 << 30);
  EXPECT_EQ(scaling.shift, 23);
  EXPECT_EQ(scaling.diff_min, -(31 << 3));  // 31 * 2^26 / 2^23
}

TEST(SoftmaxScaling, LargeScalesSaturate) {
  const SoftmaxScaling scaling = softmax_scaling(1000.0);
  EXPECT_EQ(scaling.multiplier, INT32_MAX);
  EXPECT_EQ(scaling.shift, 31);
  EXPECT_EQ(scaling.diff_min, 0);
  EXPECT_EQ(softmax_scaling(infinity).shift, 31);
}

TEST(SoftmaxScaling, SmallScalesKeepANonNegativeShift) {
  const double scale = std::ldexp(0.75, -30);  // real = 0.75 * 2^-4
  const SoftmaxScaling scaling = softmax_scaling(scale);
  EXPECT_EQ(scaling.shift, 0);
  EXPECT_EQ(scaling.multiplier, 3 << 25);  // 0.75 * 2^-4 * 2^31
  EXPECT_EQ(scaling.diff_min, -(31 << 26));
  EXPECT_EQ(softmax_scaling(0.0).multiplier, 0);
  EXPECT_EQ(softmax_scaling(not_a_number).multiplier, 0);
}

TEST(SoftmaxScaling, AMantissaThatRoundsToOneBecomesTheNextPower) {
  const SoftmaxScaling scaling = softmax_scaling((1.0 - std::ldexp(1.0, -40)) / 16);
  EXPECT_EQ(scaling.multiplier, 1 << 30);
  EXPECT_EQ(scaling.shift, 23);
  const SoftmaxScaling smallest = softmax_scaling(std::ldexp(1.0 - std::ldexp(1.0, -40), -26));
  EXPECT_EQ(smallest.multiplier, 1 << 30);
  EXPECT_EQ(smallest.shift, 1);
}

TEST(QuantizeValue, RoundsHalfEvenAndClamps) {
  EXPECT_EQ(quantize_value(0.25, 0.5, 0, -128, 127), 0);
  EXPECT_EQ(quantize_value(0.75, 0.5, 0, -128, 127), 2);
  EXPECT_EQ(quantize_value(0.75, 0.5, 1, -128, 127), 2);  // 2.5 to even
  EXPECT_EQ(quantize_value(6.0, 0.02, -128, -128, 127), 127);
  EXPECT_EQ(quantize_value(-6.0, 0.02, 5, -100, 127), -100);
  EXPECT_EQ(quantize_value(infinity, 0.1, 3, -128, 127), 127);
  EXPECT_EQ(quantize_value(-infinity, 0.1, 3, -128, 127), -128);
  EXPECT_EQ(quantize_value(not_a_number, 0.1, 3, -128, 127), 3);
  EXPECT_EQ(quantize_value(0.0, 0.0, 3, -128, 127), 3);  // 0 / 0
  // 0.5 + 2^-30 is above the tie in double and on it in float32.
  EXPECT_EQ(quantize_value(0.5 + std::ldexp(1.0, -30), 1.0, 0, -128, 127), 0);
}

TEST(QuantizeTableEntry, RoundsHalfAwayFromZero) {
  EXPECT_EQ(quantize_table_entry(0.25, 0.5, 0), 1);
  EXPECT_EQ(quantize_table_entry(-0.25, 0.5, 0), -1);
  EXPECT_EQ(quantize_table_entry(-0.25, 0.5, 1), 1);  // 0.5
  EXPECT_EQ(quantize_table_entry(1.0, 1.0 / 256, -128), 127);
  EXPECT_EQ(quantize_table_entry(-infinity, 1.0, 0), -128);
  EXPECT_EQ(quantize_table_entry(not_a_number, 1.0, -7), -7);
}

}  // namespace
}  // namespace pudu::numerics
