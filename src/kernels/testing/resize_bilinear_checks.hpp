// What the bilinear kernels share, which differ in how they round: their tests, against the formula in 64 bits.
// A test file instantiates ResizesBilinearly with a rule, which says
//   Kernel             the kernel;
//   weight(random)     a weight from 0 to one, with the ties of the rounding among them;
//   rounded(sum)       sum / 2^22 as the kernel rounds it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "kernels/resize_bilinear/resize_bilinear_s8.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels::testing {

template <class Rule>
class ResizesBilinearly : public ::testing::Test {
 protected:
  using Params = ResizeBilinearS8Params;
  struct Axis {
    std::vector<std::int32_t> positions, weights;
  };

  static Axis random_axis(Random& random, std::int32_t count, std::int32_t size) {
    Axis axis;
    for (std::int32_t i = 0; i < count; ++i) {
      axis.positions.push_back(random.between(0, size - 1));
      axis.weights.push_back(Rule::weight(random));
    }
    return axis;
  }

  static std::vector<std::int8_t> run(const Params& p, const std::vector<std::int8_t>& input, const Axis& rows,
                                      const Axis& columns) {
    GuardedBuffer<std::int8_t> output(static_cast<std::size_t>(p.batches * p.output_h * p.output_w * p.channels));
    Rule::Kernel::run(p, {input.data(), rows.positions.data(), rows.weights.data(), columns.positions.data(),
                          columns.weights.data(), output.data()});
    return output.values();
  }

  static void check(const Params& p, const std::vector<std::int8_t>& input, Random& random) {
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
            expected.push_back(static_cast<std::int8_t>(Rule::rounded(sum)));
          }
    ASSERT_EQ(run(p, input, rows, columns), expected) << describe(p);
  }
};

TYPED_TEST_SUITE_P(ResizesBilinearly);

TYPED_TEST_P(ResizesBilinearly, RandomImages) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const ResizeBilinearS8Params p{random.between(1, 2), random.between(1, 6), random.between(1, 6),
                                   random.between(1, 5), random.between(1, 9), random.between(1, 9)};
    this->check(p, random.codes(static_cast<std::size_t>(p.batches * p.input_h * p.input_w * p.channels)), random);
    if (this->HasFatalFailure()) return;
  }
}

TYPED_TEST_P(ResizesBilinearly, ConstantImagesStayAsTheyAre) {
  Random random(2);
  for (int code = -128; code <= 127; ++code) {
    const std::vector<std::int8_t> input(4 * 3, static_cast<std::int8_t>(code));
    const auto rows = this->random_axis(random, 5, 4);
    const auto columns = this->random_axis(random, 5, 3);
    ASSERT_EQ(this->run({1, 4, 3, 1, 5, 5}, input, rows, columns),
              std::vector<std::int8_t>(25, static_cast<std::int8_t>(code)));
  }
}

REGISTER_TYPED_TEST_SUITE_P(ResizesBilinearly, RandomImages, ConstantImagesStayAsTheyAre);

}  // namespace pudu::kernels::testing
