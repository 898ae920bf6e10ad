// The 16-bit functions against the real ones over all arguments, their symmetry, and values of gemmlowp.
#include "numerics/fixed_point_functions.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace pudu::numerics {
namespace {

constexpr double one = 32768.0;

TEST(FixedPointFunctions, LogisticIsNearTheRealFunctionEverywhere) {
  for (int x = INT16_MIN; x <= INT16_MAX; ++x) {
    const double expected = 1.0 / (1.0 + std::exp(-x / 4096.0));
    ASSERT_NEAR(logistic_q3_12(static_cast<std::int16_t>(x)) / one, expected, 7.0 / one) << x;
  }
}

TEST(FixedPointFunctions, TanhIsNearTheRealFunctionForEveryFormat) {
  for (int integer_bits = 0; integer_bits <= 6; ++integer_bits) {
    for (int x = INT16_MIN; x <= INT16_MAX; ++x) {
      const double expected = std::tanh(std::ldexp(x, integer_bits - 15));
      ASSERT_NEAR(tanh_fixed16(static_cast<std::int16_t>(x), integer_bits) / one, expected, 13.0 / one)
          << x << " with " << integer_bits << " integer bits";
    }
  }
}

TEST(FixedPointFunctions, AreSymmetric) {
  for (int x = 1; x <= INT16_MAX; ++x) {
    const auto positive = static_cast<std::int16_t>(x);
    const auto negative = static_cast<std::int16_t>(-x);
    ASSERT_EQ(logistic_q3_12(positive) + logistic_q3_12(negative), INT16_MAX) << x;
    ASSERT_EQ(tanh_fixed16(positive, 3), -tanh_fixed16(negative, 3)) << x;
  }
}

// The smallest steps are gemmlowp's own: -1 gives 16383, not 16384 - 1/4 rounded.
TEST(FixedPointFunctions, HaveTheExactCodes) {
  struct Row {
    std::int16_t x, logistic, tanh;
  };
  constexpr Row rows[] = {{-32768, 11, -32767}, {-20000, 243, -32767}, {-4096, 8815, -24964},
                          {-1, 16383, -8},      {0, 16384, 0},         {1, 16384, 8},
                          {4096, 23952, 24964}, {20000, 32524, 32767}, {32767, 32756, 32767}};
  for (const Row& row : rows) {
    EXPECT_EQ(logistic_q3_12(row.x), row.logistic) << row.x;
    EXPECT_EQ(tanh_fixed16(row.x, 3), row.tanh) << row.x;
  }
}

}  // namespace
}  // namespace pudu::numerics
