// prelu_codes_s8 against its formula.
#include "kernels/prelu_codes/prelu_codes_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(PreluCodesS8, RandomShapes) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const PreluCodesS8Params p{random.between(1, 9),  random.between(1, 20), -random.zero_point(),
                               -random.zero_point(),  random.zero_point(),   random.multiplier(),
                               random.between(-8, 3), random.multiplier(),   random.between(-15, 3)};
    const auto slopes = random.codes(static_cast<std::size_t>(p.channels));
    const auto input = random.codes(static_cast<std::size_t>(p.outer_count * p.channels));
    std::vector<std::int8_t> expected;
    for (std::size_t k = 0; k < input.size(); ++k) {
      const std::int32_t d = input[k] + p.input1_offset;
      const std::int32_t slope = slopes[k % static_cast<std::size_t>(p.channels)] + p.input2_offset;
      expected.push_back(d < 0 ? reference_output(d * slope, p.multiplier, p.shift, p.output_offset, -128, 127)
                               : reference_output(d, p.output_multiplier, p.output_shift, p.output_offset, -128, 127));
    }
    GuardedBuffer<std::int8_t> output(expected.size());
    PreluCodesS8::run(p, {input.data(), slopes.data(), output.data()});
    ASSERT_EQ(output.values(), expected) << describe(p);
    output.assign(input);
    PreluCodesS8::run(p, {output.data(), slopes.data(), output.data()});
    ASSERT_EQ(output.values(), expected) << "in place" << describe(p);
  }
}

static_assert(PreluCodesS8::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
