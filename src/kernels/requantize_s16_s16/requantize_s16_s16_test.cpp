// requantize_s16_s16 against the formula: every code, every shift, in place.
#include "kernels/requantize_s16_s16/requantize_s16_s16.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

std::vector<std::int16_t> every_code() {
  std::vector<std::int16_t> codes;
  for (std::int32_t code = -32768; code <= 32767; ++code) codes.push_back(static_cast<std::int16_t>(code));
  return codes;
}

void check(const RequantizeS16S16Params& p, const std::vector<std::int16_t>& input) {
  GuardedBuffer<std::int16_t> output(input.size());
  RequantizeS16S16::run(p, {input.data(), output.data()});
  const std::vector<std::int16_t> values = output.values();
  for (std::size_t i = 0; i < input.size(); ++i) {
    const std::int64_t code = std::int64_t{reference_requantize(input[i], p.multiplier, p.shift)};
    ASSERT_EQ(values[i], std::clamp<std::int64_t>(code, -32768, 32767)) << input[i] << describe(p);
  }
  output.assign(input);
  RequantizeS16S16::run(p, {output.data(), output.data()});
  ASSERT_EQ(output.values(), values) << "in place" << describe(p);
}

TEST(RequantizeS16S16, EveryCodeAtEveryShift) {
  Random random(1);
  const std::vector<std::int16_t> input = every_code();
  for (std::int32_t shift = -31; shift <= RequantizeS16S16::largest_shift; ++shift) {
    for (int repeat = 0; repeat < 2; ++repeat) {
      check({65536, random.multiplier(), shift}, input);
    }
  }
}

TEST(RequantizeS16S16, OddCounts) {
  Random random(2);
  for (std::int32_t count = 0; count <= 40; ++count) {
    RequantizeS16S16Params p{0, 1500000000, 1};
    p.count = count;
    check(p, random.wide_codes(static_cast<std::size_t>(count)));
  }
}

static_assert(RequantizeS16S16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
