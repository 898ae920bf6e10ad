// The integer arithmetic against its formulas, at every corner and at random.
#include "numerics/requantize.hpp"

#include <gtest/gtest.h>

#include <random>

#include "numerics/testing/reference.hpp"

namespace pudu::numerics {
namespace {

using namespace testing;

constexpr std::int32_t corners[] = {INT32_MIN, INT32_MIN + 1, -(1 << 30), -65537,        -3,       -2, -1, 0, 1, 2,
                                    3,         65536,         1 << 30,    INT32_MAX - 1, INT32_MAX};

TEST(Requantize, DivisionByEveryPowerOfTwoTiesAwayFromZero) {
  std::mt19937 engine(1);
  for (int exponent = 0; exponent <= 31; ++exponent) {
    for (const std::int32_t x : corners) {
      ASSERT_EQ(rounding_divide_by_power_of_two(x, exponent), reference_rdp(x, exponent)) << x << " >> " << exponent;
    }
    for (int i = 0; i < 10000; ++i) {
      const auto x = static_cast<std::int32_t>(engine());
      ASSERT_EQ(rounding_divide_by_power_of_two(x, exponent), reference_rdp(x, exponent)) << x << " >> " << exponent;
    }
  }
  EXPECT_EQ(rounding_divide_by_power_of_two(3, 1), 2);
  EXPECT_EQ(rounding_divide_by_power_of_two(-3, 1), -2);
  EXPECT_EQ(rounding_divide_by_power_of_two(-5, 2), -1);
  EXPECT_EQ(rounding_divide_by_power_of_two(-6, 2), -2);
}

TEST(Requantize, HighMultiply) {
  for (const std::int32_t a : corners) {
    for (const std::int32_t b : corners) {
      ASSERT_EQ(rounding_doubling_high_multiply(a, b), reference_rdhm(a, b)) << a << " * " << b;
    }
  }
  EXPECT_EQ(rounding_doubling_high_multiply(INT32_MIN, INT32_MIN), INT32_MIN);
  EXPECT_EQ(saturating_rounding_doubling_high_multiply(INT32_MIN, INT32_MIN), INT32_MAX);
  EXPECT_EQ(saturating_rounding_doubling_high_multiply(INT32_MIN, INT32_MAX), INT32_MIN + 1);
}

TEST(Requantize, EveryShift) {
  std::mt19937 engine(2);
  for (int shift = -31; shift <= 30; ++shift) {
    for (const std::int32_t x : corners) {
      for (const std::int32_t multiplier : {0, 1 << 30, 1518500250, INT32_MAX}) {
        ASSERT_EQ(requantize(x, multiplier, shift), reference_requantize(x, multiplier, shift))
            << x << " * " << multiplier << " * 2^" << shift;
      }
    }
    for (int i = 0; i < 10000; ++i) {
      const auto x = static_cast<std::int32_t>(engine());
      const auto multiplier = static_cast<std::int32_t>((1u << 30) | (engine() & ((1u << 30) - 1)));
      ASSERT_EQ(requantize(x, multiplier, shift), reference_requantize(x, multiplier, shift))
          << x << " * " << multiplier << " * 2^" << shift;
    }
  }
}

TEST(Requantize, OutputSaturatesBeforeTheZeroPointIsAdded) {
  for (const std::int32_t x : corners) {
    for (const std::int32_t zero_point : {-128, -1, 0, 127}) {
      for (const int shift : {-31, -8, 0, 3, 30}) {
        ASSERT_EQ(requantize_to_int8(x, INT32_MAX, shift, zero_point, -128, 127),
                  reference_output(x, INT32_MAX, shift, zero_point, -128, 127));
        ASSERT_EQ(requantize_to_int8(x, INT32_MAX, shift, zero_point, zero_point, 127),
                  reference_output(x, INT32_MAX, shift, zero_point, zero_point, 127));
      }
    }
  }
}

TEST(Requantize, WrappingOperations) {
  EXPECT_EQ(wrapping_add(INT32_MAX, 1), INT32_MIN);
  EXPECT_EQ(wrapping_shift_left(-1, 31), INT32_MIN);
  EXPECT_EQ(wrapping_shift_left(3, 31), INT32_MIN);
  EXPECT_EQ(wrap_to_int32((std::int64_t{1} << 32) + 5), 5);
  EXPECT_EQ(wrap_to_int32(-(std::int64_t{1} << 31) - 1), INT32_MAX);
}

static_assert(requantize(1000, 1 << 30, -1) == 250, "usable in constant expressions");

}  // namespace
}  // namespace pudu::numerics
