// Logarithms against those of long double, over the whole range of 64 bits.
#include "numerics/log2.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace pudu::numerics {
namespace {

void expect_log2(std::uint64_t value) {
  const double exact = static_cast<double>(std::log2(static_cast<long double>(value)) * 1048576.0L);
  const std::int32_t actual = log2_q20(value);
  ASSERT_LE(actual, exact + 1e-6) << value;
  ASSERT_GE(actual, exact - 2.0) << value;
}

TEST(Log2, SmallValues) {
  for (std::uint64_t value = 1; value < 100000; ++value) expect_log2(value);
}

TEST(Log2, RandomValues) {
  std::mt19937_64 engine(1);
  for (int i = 0; i < 200000; ++i) expect_log2((engine() >> (i % 60)) | 1);
}

TEST(Log2, OfPowersOfTwoIsExact) {
  for (int bit = 0; bit < 64; ++bit) EXPECT_EQ(log2_q20(std::uint64_t{1} << bit), bit << 20);
  EXPECT_EQ(log2_q20(0), 0);
}

}  // namespace
}  // namespace pudu::numerics
