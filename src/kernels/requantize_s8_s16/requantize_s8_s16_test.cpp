// requantize_s8_s16 against the formula: every code, every shift.
#include "kernels/requantize_s8_s16/requantize_s8_s16.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

std::vector<std::int8_t> every_code() {
  std::vector<std::int8_t> codes;
  for (std::int32_t code = -128; code <= 127; ++code) codes.push_back(static_cast<std::int8_t>(code));
  return codes;
}

void check(const RequantizeS8S16Params& p, const std::vector<std::int8_t>& input) {
  GuardedBuffer<std::int16_t> output(input.size());
  RequantizeS8S16::run(p, {input.data(), output.data()});
  const std::vector<std::int16_t> values = output.values();
  for (std::size_t i = 0; i < input.size(); ++i) {
    const std::int64_t code = std::int64_t{reference_requantize(input[i] + p.input_offset, p.multiplier, p.shift)};
    ASSERT_EQ(values[i], std::clamp<std::int64_t>(code, -32768, 32767)) << input[i] << describe(p);
  }
}

TEST(RequantizeS8S16, EveryCodeAtEveryShift) {
  Random random(1);
  const std::vector<std::int8_t> input = every_code();
  for (std::int32_t shift = -31; shift <= RequantizeS8S16::largest_shift; ++shift) {
    for (int repeat = 0; repeat < 40; ++repeat) {
      check({256, -random.zero_point(), random.multiplier(), shift}, input);
    }
  }
}

TEST(RequantizeS8S16, OddCounts) {
  Random random(2);
  for (std::int32_t count = 0; count <= 40; ++count) {
    RequantizeS8S16Params p{0, 5, 1 << 30, 1};
    p.count = count;
    check(p, random.codes(static_cast<std::size_t>(count)));
  }
}

TEST(RequantizeS8S16, EqualScalesAreExact) {
  std::int8_t input[] = {-128, -1, 0, 127};
  std::int16_t output[4];
  RequantizeS8S16::run({4, 128, 1 << 30, 1}, {input, output});
  EXPECT_EQ(std::vector<std::int16_t>(output, output + 4), (std::vector<std::int16_t>{0, 127, 128, 255}));
}

static_assert(RequantizeS8S16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
