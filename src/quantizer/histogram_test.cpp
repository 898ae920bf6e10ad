// Ranges: what several values at a time and one by one must agree on.
#include "quantizer/histogram.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace pudu::quantizer {
namespace {

TEST(RangeObserver, FindsTheExtremesWhereverTheyStand) {
  for (std::size_t size = 1; size < 70; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::vector<float> values(size, 0.25F);
      values[at] = -3.5F;
      values[size - 1 - at] = 7.0F;
      RangeObserver range;
      range.add(values);
      const bool is_overwritten = 2 * at + 1 == size;
      EXPECT_EQ(range.low(), !is_overwritten ? -3.5F : size == 1 ? 7.0F : 0.25F) << size << " " << at;
      EXPECT_EQ(range.high(), 7.0F);
      EXPECT_TRUE(range.finite());
    }
  }
}

TEST(RangeObserver, LeavesOutWhatIsNotFinite) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float special : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
    for (std::size_t at = 0; at < 40; ++at) {
      std::vector<float> values(40, 2.0F);
      values[(at + 1) % 40] = -1.0F;
      values[at] = special;
      RangeObserver range;
      range.add(values);
      EXPECT_FALSE(range.finite());
      EXPECT_EQ(range.low(), -1.0F);
      EXPECT_EQ(range.high(), 2.0F);
    }
  }
}

TEST(RangeObserver, AddsToWhatItHasSeen) {
  RangeObserver range;
  range.add(std::vector<float>(20, 5.0F));
  range.add(std::vector<float>(20, -2.0F));
  range.add(std::vector<float>(3, 6.0F));
  EXPECT_EQ(range.low(), -2.0F);
  EXPECT_EQ(range.high(), 6.0F);
  EXPECT_TRUE(RangeObserver().empty());
}

}  // namespace
}  // namespace pudu::quantizer
