// sum_s8 against plain sums, and at the longest one.
#include "kernels/sum/sum_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(SumS8, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 3000; ++i) {
    const SumS8Params p{random.between(1, 4),
                        random.between(1, 30),
                        random.between(1, 10),
                        -random.zero_point(),
                        random.zero_point(),
                        random.multiplier(),
                        random.one_in(8) ? random.between(-31, 30) : random.between(-8, 0)};
    const auto input = random.codes(static_cast<std::size_t>(p.outer_count * p.sum_count * p.inner_count));
    std::vector<std::int8_t> expected;
    for (std::int32_t o = 0; o < p.outer_count; ++o)
      for (std::int32_t k = 0; k < p.inner_count; ++k) {
        std::int32_t sum = 0;
        for (std::int32_t n = 0; n < p.sum_count; ++n) {
          sum += input[static_cast<std::size_t>((o * p.sum_count + n) * p.inner_count + k)] + p.input_offset;
        }
        expected.push_back(reference_output(sum, p.output_multiplier, p.output_shift, p.output_offset, -128, 127));
      }
    GuardedBuffer<std::int8_t> output(expected.size());
    SumS8::run(p, {input.data(), output.data()});
    ASSERT_EQ(output.values(), expected) << describe(p);
  }
}

TEST(SumS8, TheLongestSumFits) {
  constexpr std::int32_t count = (1 << 23) - 1;
  for (const std::int8_t code : {std::int8_t{-128}, std::int8_t{127}}) {
    const std::vector<std::int8_t> input(count, code);
    std::int8_t output = 0;
    // 2^-24 of 255 (2^23 - 1) or of 0 codes
    SumS8::run({1, count, 1, 128, 0, 1 << 30, -23}, {input.data(), &output});
    EXPECT_EQ(output, code == 127 ? 127 : 0);
  }
}

static_assert(SumS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
