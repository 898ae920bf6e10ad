// resize_bilinear_ties_away_s8 against the formula in 64 bits, and constant images, which it leaves alone.
#include "kernels/resize_bilinear_ties_away/resize_bilinear_ties_away_s8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

struct Axis {
  std::vector<std::int32_t> positions, weights;
};

Axis random_axis(Random& random, std::int32_t count, std::int32_t size) {
  Axis axis;
  for (std::int32_t i = 0; i < count; ++i) {
    axis.positions.push_back(random.between(0, size - 1));
    axis.weights.push_back(random.one_in(2) ? random.between(0, 2) * ResizeBilinearTiesAwayS8::one / 2
                                            : random.between(0, ResizeBilinearTiesAwayS8::one));
  }
  return axis;
}

void check(const ResizeBilinearTiesAwayS8Params& p, const std::vector<std::int8_t>& input, Random& random) {
  const Axis rows = random_axis(random, p.output_h, p.input_h);
  const Axis columns = random_axis(random, p.output_w, p.input_w);
  std::vector<std::int8_t> expected;
  for (std::int32_t n = 0; n < p.batches; ++n)
    for (std::size_t y = 0; y < rows.positions.size(); ++y)
      for (std::size_t x = 0; x < columns.positions.size(); ++x)
        for (std::int32_t c = 0; c < p.channels; ++c) {
          const auto at = [&](std::int32_t row, std::int32_t column) {
            row = std::min(row, p.input_h - 1);
            column = std::min(column, p.input_w - 1);
            return std::int64_t{
                input[static_cast<std::size_t>(((n * p.input_h + row) * p.input_w + column) * p.channels + c)]};
          };
          const std::int32_t row = rows.positions[y], column = columns.positions[x];
          const std::int64_t wy = rows.weights[y], wx = columns.weights[x];
          const std::int64_t sum = at(row, column) * (2048 - wx) * (2048 - wy) +
                                   at(row, column + 1) * wx * (2048 - wy) + at(row + 1, column) * (2048 - wx) * wy +
                                   at(row + 1, column + 1) * wx * wy;
          expected.push_back(static_cast<std::int8_t>(std::round(static_cast<double>(sum) / (1 << 22))));
        }
  GuardedBuffer<std::int8_t> output(expected.size());
  ResizeBilinearTiesAwayS8::run(p, {input.data(), rows.positions.data(), rows.weights.data(), columns.positions.data(),
                                    columns.weights.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << describe(p);
}

TEST(ResizeBilinearTiesAwayS8, RandomImages) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const ResizeBilinearTiesAwayS8Params p{random.between(1, 2), random.between(1, 6), random.between(1, 6),
                                           random.between(1, 5), random.between(1, 9), random.between(1, 9)};
    check(p, random.codes(static_cast<std::size_t>(p.batches * p.input_h * p.input_w * p.channels)), random);
    if (HasFatalFailure()) return;
  }
}

TEST(ResizeBilinearTiesAwayS8, ConstantImagesStayAsTheyAre) {
  Random random(2);
  for (int code = -128; code <= 127; ++code) {
    const std::vector<std::int8_t> input(4 * 3, static_cast<std::int8_t>(code));
    const Axis rows = random_axis(random, 5, 4);
    const Axis columns = random_axis(random, 5, 3);
    GuardedBuffer<std::int8_t> output(25);
    ResizeBilinearTiesAwayS8::run({1, 4, 3, 1, 5, 5},
                                  {input.data(), rows.positions.data(), rows.weights.data(), columns.positions.data(),
                                   columns.weights.data(), output.data()});
    ASSERT_EQ(output.values(), std::vector<std::int8_t>(25, static_cast<std::int8_t>(code)));
  }
}

static_assert(ResizeBilinearTiesAwayS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
