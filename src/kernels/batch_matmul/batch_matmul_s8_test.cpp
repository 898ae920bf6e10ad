// batch_matmul_s8 against the plain sum, over every small shape and random larger ones.
#include "kernels/batch_matmul/batch_matmul_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

void check(std::int32_t batches, std::int32_t rows, std::int32_t columns, std::int32_t depth, Random& random) {
  BatchMatmulS8Params p{
      batches, rows, columns, depth, -random.zero_point(), -random.zero_point(), 0, 0, random.zero_point(), 0, 0};
  const Clamp clamp = random_clamp(random);
  p.activation_min = clamp.low, p.activation_max = clamp.high;
  const ChannelParameters scaling = random_channels(random, 1, depth);
  p.multiplier = scaling.multipliers[0], p.shift = scaling.shifts[0];
  const auto lhs = random.codes(static_cast<std::size_t>(batches * rows * depth));
  const auto rhs = random.codes(static_cast<std::size_t>(batches * columns * depth));

  std::vector<std::int8_t> expected;
  for (std::int32_t b = 0; b < batches; ++b)
    for (std::int32_t m = 0; m < rows; ++m)
      for (std::int32_t n = 0; n < columns; ++n) {
        std::int64_t sum = 0;
        for (std::int32_t k = 0; k < depth; ++k) {
          sum += std::int64_t{lhs[(b * rows + m) * depth + k] + p.lhs_offset} *
                 (rhs[(b * columns + n) * depth + k] + p.rhs_offset);
        }
        expected.push_back(
            reference_output(wrap(sum), p.multiplier, p.shift, p.output_offset, p.activation_min, p.activation_max));
      }
  GuardedBuffer<std::int8_t> output(expected.size());
  BatchMatmulS8::run(p, {lhs.data(), rhs.data(), output.data()});
  ASSERT_EQ(output.values(), expected) << describe(p);
}

TEST(BatchMatmulS8, EverySmallShape) {
  Random random(1);
  for (std::int32_t batches = 1; batches <= 2; ++batches)
    for (std::int32_t rows = 1; rows <= 4; ++rows)
      for (std::int32_t columns = 1; columns <= 9; ++columns)
        for (std::int32_t depth = 1; depth <= 9; ++depth) check(batches, rows, columns, depth, random);
}

TEST(BatchMatmulS8, LargeShapes) {
  Random random(2);
  check(8, 49, 49, 32, random);
  check(3, 17, 64, 197, random);
  check(1, 1, 2, 70001, random);  // accumulators wrap
}

static_assert(BatchMatmulS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
