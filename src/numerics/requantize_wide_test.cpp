// requantize_wide against CMSIS-NN's formula in 128 bits: every shift, multipliers at the limits, ties.
#include "numerics/requantize_wide.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace pudu::numerics {
namespace {

__extension__ using Int128 = __int128;

std::int32_t reference(std::int64_t x, std::int32_t multiplier, std::int32_t shift, std::int32_t low,
                       std::int32_t high) {
  const Int128 reduced = multiplier < 0x7FFF0000 ? (multiplier + (1 << 15)) >> 16 : 0x7FFF;
  const int total = 15 - shift;
  const Int128 sum = x * reduced + (Int128{1} << (total - 1)), divisor = Int128{1} << total;
  Int128 quotient = sum / divisor;
  if (quotient * divisor > sum) --quotient;
  return static_cast<std::int32_t>(std::clamp<Int128>(quotient, low, high));
}

TEST(RequantizeWide, EveryShiftWithRandomSums) {
  std::mt19937_64 engine(1);
  for (std::int32_t shift = -31; shift <= largest_wide_shift; ++shift) {
    for (int i = 0; i < 20000; ++i) {
      // Every other sum fits 32 bits, which is a path of its own; some lie at the limit.
      const int discarded = i % 2 == 0 ? 33 + static_cast<int>(engine() % 31) : 17 + static_cast<int>(engine() % 47);
      std::int64_t sum = static_cast<std::int64_t>(engine()) >> discarded;
      if (i % 64 == 2) sum = (i % 128 == 2 ? std::int64_t{INT32_MAX} : std::int64_t{INT32_MIN}) + (i % 3) - 1;
      std::int32_t multiplier = static_cast<std::int32_t>((1U << 30) + engine() % (1U << 30));
      if (i % 16 == 0) multiplier = i % 32 == 0 ? INT32_MAX : 0;
      ASSERT_EQ(requantize_to_codes(sum, multiplier, shift, 0, -32768, 32767),
                reference(sum, multiplier, shift, -32768, 32767))
          << sum << " " << multiplier << " " << shift;
      ASSERT_EQ(requantize_to_codes(sum, multiplier, shift, -7, -128, 127),
                reference(sum, multiplier, shift, -121, 134) - 7)
          << sum << " " << multiplier << " " << shift;
    }
  }
}

TEST(RequantizeWide, TheHighProductOfEveryKindOfCore) {
  std::mt19937_64 engine(2);
  for (int i = 0; i < 100000; ++i) {
    auto x = static_cast<std::int32_t>(engine());
    if (i % 8 == 0) x = i % 16 == 0 ? INT32_MAX : INT32_MIN;
    const auto reduced = static_cast<std::int32_t>(engine() % 0x8000);
    // What cores without long products compute, by its formula.
    const std::int64_t halves = std::int64_t{x >> 16} * reduced + (std::int64_t{x & 0xFFFF} * reduced >> 16);
    ASSERT_EQ(high_product(x, reduced), halves);
    ASSERT_EQ(high_product(x, reduced), (std::int64_t{x} * reduced) >> 16);
  }
}

TEST(RequantizeWide, MultipliersAreRoundedHalfUpAndStayBelowOne) {
  EXPECT_EQ(reduce_multiplier(0), 0);
  EXPECT_EQ(reduce_multiplier(1 << 30), 1 << 14);
  EXPECT_EQ(reduce_multiplier((1 << 30) + 0x7FFF), 1 << 14);
  EXPECT_EQ(reduce_multiplier((1 << 30) + 0x8000), (1 << 14) + 1);
  EXPECT_EQ(reduce_multiplier(0x7FFEFFFF), 0x7FFF);
  EXPECT_EQ(reduce_multiplier(0x7FFF0000), 0x7FFF);
  EXPECT_EQ(reduce_multiplier(INT32_MAX), 0x7FFF);
}

TEST(RequantizeWide, TiesGoUp) {
  constexpr std::int32_t half = 1 << 30;  // one half, exactly
  EXPECT_EQ(requantize_wide(1, reduce_multiplier(half), 0), 1);
  EXPECT_EQ(requantize_wide(-1, reduce_multiplier(half), 0), 0);
  EXPECT_EQ(requantize_wide(3, reduce_multiplier(half), 0), 2);
  EXPECT_EQ(requantize_wide(-3, reduce_multiplier(half), 0), -1);
}

TEST(RequantizeWide, ClampsBeyond32Bits) {
  constexpr std::int64_t large = std::int64_t{1} << 46;
  EXPECT_EQ(requantize_to_codes(large, INT32_MAX, 14, 3, -5, 1000), 1000);
  EXPECT_EQ(requantize_to_codes(-large, INT32_MAX, 14, 3, -5, 1000), -5);
}

}  // namespace
}  // namespace pudu::numerics
