#include "driver/layer_quality.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace pudu::driver {
namespace {

TEST(DistanceSums, AreDecibelsAndCosines) {
  DistanceSums sums;
  EXPECT_EQ(sums.sqnr_db(), 200.0) << "nothing is wrong with nothing";
  EXPECT_EQ(sums.cosine(), 1.0);
  sums.add(3.0, 3.0);
  sums.add(4.0, 4.5);
  EXPECT_NEAR(sums.sqnr_db(), 20.0, 1e-12);  // 25 against 0.25
  EXPECT_NEAR(sums.cosine(), (9 + 18) / std::sqrt(25 * (9 + 20.25)), 1e-12);
  DistanceSums silent;
  silent.add(0.0, 1.0);
  EXPECT_EQ(silent.sqnr_db(), 0.0);
  EXPECT_EQ(silent.cosine(), 0.0);
  sums.add(silent);
  EXPECT_NEAR(sums.sqnr_db(), 10 * std::log10(25 / 1.25), 1e-12);
}

program::Buffer codes_buffer() {
  program::Buffer buffer;
  buffer.quantization = program::Quantization{0.5F, 10};
  return buffer;
}

TEST(AddValues, CountsWhatCodesCannotSay) {
  const program::Buffer buffer = codes_buffer();
  const std::vector<std::byte> codes = {std::byte{10}, std::byte{12}, std::byte{127}, std::byte{0x80}};
  // 127 stands for 58.5 and takes values up to 58.75; -128 stands for -69.
  const std::vector<float> numbers = {0.0F, 1.0F, 58.7F, -80.0F};
  LayerSums sums;
  add_values(sums, numbers, codes, buffer);
  EXPECT_EQ(sums.elements, 4U);
  EXPECT_EQ(sums.saturated, 1U);
  EXPECT_EQ(sums.lowest_code, -128);
  EXPECT_EQ(sums.highest_code, 127);
  EXPECT_NEAR(sums.cumulative.noise, 0.2 * 0.2 + 11.0 * 11.0, 1e-4);
  const LayerQuality quality = quality_of(sums);
  EXPECT_EQ(quality.saturated_percent, 25.0);
  EXPECT_EQ(quality.range_used_percent, 100.0);
  EXPECT_TRUE(std::isnan(quality.isolated_sqnr_db));
}

TEST(AddValues, TakesFloatBuffersAsTheyAre) {
  program::Buffer buffer;
  buffer.type = program::ElementType::Float32;
  const std::vector<float> numbers = {1.0F, -2.5F};
  const auto* bytes = reinterpret_cast<const std::byte*>(numbers.data());
  LayerSums sums;
  add_values(sums, numbers, {bytes, 2 * sizeof(float)}, buffer);
  EXPECT_EQ(sums.cumulative.noise, 0.0);
  EXPECT_EQ(quality_of(sums).range_used_percent, 0.0);
}

}  // namespace
}  // namespace pudu::driver
