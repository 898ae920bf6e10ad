// Sums of rows and then means are avg_pool2d_s8 over a window that is the image, or all but its last rows and columns.
#include "kernels/mean_of_sums/mean_of_sums_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/row_sums/row_sums_s8.hpp"
#include "kernels/testing/random_data.hpp"

namespace pudu::kernels {
namespace {

using testing::GuardedBuffer;
using testing::Random;

AvgPool2dS8Params random_pool(Random& random) {
  AvgPool2dS8Params p{};
  p.batches = p.output_h = p.output_w = p.stride_h = p.stride_w = 1;
  p.input_h = random.between(1, 30), p.input_w = random.between(1, 9), p.channels = random.between(1, 13);
  p.kernel_h = random.between((p.input_h + 1) / 2, p.input_h);
  p.kernel_w = random.between((p.input_w + 1) / 2, p.input_w);
  p.divisor_override = random.one_in(4) ? random.between(1, 2000) : 0;
  p.pad_value = random.zero_point();
  p.activation_min = -random.between(0, 128), p.activation_max = random.between(0, 127);
  return p;
}

std::vector<std::int8_t> pooled(const AvgPool2dS8Params& p, GuardedBuffer<std::int8_t>& input) {
  GuardedBuffer<std::int8_t> output(static_cast<std::size_t>(p.channels));
  AvgPool2dS8::run(p, {input.data(), output.data()});
  return output.values();
}

TEST(MeanOfSums, IsAnAveragePoolOverTheImage) {
  Random random(5);
  for (int round = 0; round < 500; ++round) {
    const AvgPool2dS8Params p = random_pool(random);
    const std::int32_t row = p.input_w * p.channels;
    GuardedBuffer<std::int8_t> input(static_cast<std::size_t>(p.input_h * row));
    input.assign(random.codes(static_cast<std::size_t>(p.input_h * row)));
    GuardedBuffer<std::int32_t> sums(static_cast<std::size_t>(p.channels));
    for (std::int32_t y = 0; y < p.kernel_h;) {
      const std::int32_t rows = random.between(1, p.kernel_h - y);
      RowSumsS8::run({rows, p.input_w, p.channels, p.kernel_w, y > 0 ? 1 : 0}, {input.data() + y * row, sums.data()});
      y += rows;
    }
    const std::int32_t taps = p.kernel_h * p.kernel_w;
    const std::int32_t divisor = p.divisor_override != 0 ? p.divisor_override : taps;
    GuardedBuffer<std::int8_t> output(static_cast<std::size_t>(p.channels));
    MeanOfSumsS8::run({p.channels, taps, divisor, (divisor - taps) * p.pad_value, p.activation_min, p.activation_max},
                      {sums.data(), output.data()});
    ASSERT_EQ(output.values(), pooled(p, input));
  }
}

TEST(MeanOfSums, RoundsTiesAwayFromZero) {
  const std::int32_t sums[] = {3, -3, 1, -1, 5, 254, -256};
  std::int8_t means[7];
  MeanOfSumsS8::run({7, 2, 2, 0, -128, 127}, {sums, means});
  const std::int8_t expected[] = {2, -2, 1, -1, 3, 127, -128};
  for (int i = 0; i < 7; ++i) EXPECT_EQ(means[i], expected[i]) << sums[i];
}

}  // namespace
}  // namespace pudu::kernels
