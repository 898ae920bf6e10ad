// Inverse square roots against those of long double, over the whole range of 64 bits.
#include "numerics/inverse_sqrt.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace pudu::numerics {
namespace {

void expect_inverse(std::uint64_t value) {
  const InverseSqrt result = inverse_sqrt(value);
  ASSERT_GE(result.multiplier, 1 << 30) << value;
  ASSERT_GE(result.shift, -31) << value;
  ASSERT_LE(result.shift, 0) << value;
  const long double actual = std::ldexp(static_cast<long double>(result.multiplier), result.shift - 31);
  const long double expected = 1.0L / std::sqrt(static_cast<long double>(value));
  ASSERT_NEAR(static_cast<double>(actual / expected), 1.0, std::ldexp(1.0, -27)) << value;
}

TEST(InverseSqrt, SmallValues) {
  for (std::uint64_t value = 1; value < 100000; ++value) expect_inverse(value);
}

TEST(InverseSqrt, AroundEveryPowerOfTwo) {
  for (int bit = 1; bit < 64; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    for (const std::uint64_t value : {power - 1, power, power + 1}) expect_inverse(value);
  }
  expect_inverse(UINT64_MAX);
}

TEST(InverseSqrt, RandomValues) {
  std::mt19937_64 engine(1);
  for (int i = 0; i < 200000; ++i) expect_inverse((engine() >> (i % 60)) | 1);
}

TEST(InverseSqrt, OfPowersOfFourIsExactAndOfZeroThatOfOne) {
  for (int half = 0; half < 32; ++half) {
    const InverseSqrt result = inverse_sqrt(std::uint64_t{1} << (2 * half));
    EXPECT_NEAR(std::ldexp(result.multiplier, result.shift - 31 + half), 1.0, std::ldexp(1.0, -27));
  }
  EXPECT_EQ(inverse_sqrt(0).multiplier, inverse_sqrt(1).multiplier);
  EXPECT_EQ(inverse_sqrt(0).shift, inverse_sqrt(1).shift);
}

// A change of these bits changes results on devices.
static_assert(inverse_sqrt(2).shift == 0);

}  // namespace
}  // namespace pudu::numerics
