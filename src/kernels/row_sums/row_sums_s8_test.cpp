// Sums by hand, the extremes, and rows that are added one after the other. Against avg_pool2d_s8: mean_of_sums.
#include "kernels/row_sums/row_sums_s8.hpp"

#include <gtest/gtest.h>

#include <array>

namespace pudu::kernels {
namespace {

TEST(RowSums, SetAndAdd) {
  const std::int8_t image[] = {1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60};  // [2, 3, 2]
  std::array<std::int32_t, 2> sums = {99, 99};
  RowSumsS8::run({1, 3, 2, 3, 0}, {image, sums.data()});
  EXPECT_EQ(sums, (std::array<std::int32_t, 2>{6, 60}));
  RowSumsS8::run({1, 3, 2, 3, 1}, {image + 6, sums.data()});
  EXPECT_EQ(sums, (std::array<std::int32_t, 2>{21, 210}));
  RowSumsS8::run({2, 3, 2, 2, 0}, {image, sums.data()});
  EXPECT_EQ(sums, (std::array<std::int32_t, 2>{12, 120}));
}

TEST(RowSums, OfExtremes) {
  std::array<std::int8_t, 9 * 5> image{};
  image.fill(-128);
  std::array<std::int32_t, 5> sums{};
  RowSumsS8::run({3, 3, 5, 3, 0}, {image.data(), sums.data()});
  EXPECT_EQ(sums, (std::array<std::int32_t, 5>{-1152, -1152, -1152, -1152, -1152}));
}

}  // namespace
}  // namespace pudu::kernels
