#include "driver/output_plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace pudu::driver {
namespace {

program::Buffer int8_buffer(float scale) {
  program::Buffer buffer;
  buffer.type = program::ElementType::Int8;
  buffer.quantization = program::Quantization{scale, 0};
  return buffer;
}

TEST(OutputPlot, CountsErrorsInSteps) {
  OutputPlot plot(int8_buffer(0.25F));
  const float expected[] = {0.0F, 0.0F, 0.0F, 0.0F, 0.0F};
  const float actual[] = {0.0F, 0.25F, -0.3F, 100.0F, -100.0F};  // 0, 1, -1.2, 400 and -400 steps
  plot.add(0, expected, actual);
  ASSERT_TRUE(plot.errors());
  const emitters::ReportErrors& errors = *plot.errors();
  EXPECT_EQ(errors.step, 0.25);
  const auto at = [&](double steps) {
    return errors.counts[static_cast<std::size_t>((steps - errors.begin_steps) / errors.bin_steps)];
  };
  EXPECT_EQ(at(0.0), 1U);
  EXPECT_EQ(at(1.0), 1U);
  EXPECT_EQ(at(-1.2), 1U);
  EXPECT_EQ(errors.counts.front(), 1U);
  EXPECT_EQ(errors.counts.back(), 1U);
}

TEST(OutputPlot, ChoosesPointsFromAllSamples) {
  OutputPlot plot(int8_buffer(1.0F));
  std::vector<float> values(1000);
  std::iota(values.begin(), values.end(), 0.0F);
  for (std::size_t sample = 0; sample < 40; ++sample) plot.add(sample, values, values);
  const auto points = plot.points();
  EXPECT_EQ(points.size(), 1500U);
  std::size_t late = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].expected, points[i].actual);
    if (i > 0) {
      EXPECT_LE(points[i - 1].sample, points[i].sample);
    }
    late += points[i].sample >= 20 ? 1 : 0;
  }
  EXPECT_GT(late, 650U);
  EXPECT_LT(late, 850U);
}

TEST(OutputPlot, FloatsHaveNoSteps) {
  program::Buffer buffer;
  buffer.type = program::ElementType::Float32;
  OutputPlot plot(buffer);
  const float one[] = {1.0F};
  plot.add(3, one, one);
  EXPECT_FALSE(plot.errors());
  ASSERT_EQ(plot.points().size(), 1U);
  EXPECT_EQ(plot.points()[0].sample, 3U);
}

}  // namespace
}  // namespace pudu::driver
