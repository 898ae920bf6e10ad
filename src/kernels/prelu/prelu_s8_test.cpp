// prelu_s8 against its formula.
#include "kernels/prelu/prelu_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(PreluS8, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const PreluS8Params p{random.between(1, 9), random.between(1, 20), -random.zero_point(),
                          random.zero_point(),  random.multiplier(),   random.between(-8, 3)};
    std::vector<std::int32_t> multipliers, shifts;
    for (std::int32_t c = 0; c < p.channels; ++c) {
      multipliers.push_back(random.one_in(3) ? -random.multiplier() : random.multiplier());
      shifts.push_back(random.one_in(8) ? random.between(-31, 20) : random.between(-8, 3));
    }
    const auto input = random.codes(static_cast<std::size_t>(p.outer_count * p.channels));
    std::vector<std::int8_t> expected;
    for (std::size_t k = 0; k < input.size(); ++k) {
      const std::size_t c = k % static_cast<std::size_t>(p.channels);
      const std::int32_t d = input[k] + p.input_offset;
      expected.push_back(d < 0 ? reference_output(d, multipliers[c], shifts[c], p.output_offset, -128, 127)
                               : reference_output(d, p.output_multiplier, p.output_shift, p.output_offset, -128, 127));
    }
    GuardedBuffer<std::int8_t> output(expected.size());
    PreluS8::run(p, {input.data(), multipliers.data(), shifts.data(), output.data()});
    ASSERT_EQ(output.values(), expected) << describe(p);
    output.assign(input);
    PreluS8::run(p, {output.data(), multipliers.data(), shifts.data(), output.data()});
    ASSERT_EQ(output.values(), expected) << "in place" << describe(p);
  }
}

static_assert(PreluS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
