// lut_s16: every code between every kind of entries; a function; in place.
#include "kernels/lut_s16/lut_s16.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

std::vector<std::int16_t> every_code() {
  std::vector<std::int16_t> codes(65536);
  std::iota(codes.begin(), codes.end(), std::int16_t{-32768});
  return codes;
}

TEST(LutS16, EveryCodeBetweenRandomEntries) {
  Random random(1);
  const std::vector<std::int16_t> input = every_code();
  for (int repeat = 0; repeat < 20; ++repeat) {
    const std::vector<std::int16_t> table = random.wide_codes(LutS16::table_entries);
    GuardedBuffer<std::int16_t> output(input.size());
    LutS16::run({65536}, {input.data(), table.data(), output.data()});
    const auto values = output.values();
    for (std::size_t i = 0; i < input.size(); ++i) {
      const std::size_t entry = i / 128;
      const std::int64_t distance = table[entry + 1] - table[entry];
      const std::int64_t delta = floor_divide(distance * static_cast<std::int64_t>(i % 128) + 64, 128);
      ASSERT_EQ(values[i], table[entry] + delta) << input[i];
    }
    output.assign(input);
    LutS16::run({65536}, {output.data(), table.data(), output.data()});
    ASSERT_EQ(output.values(), values) << "in place";
  }
}

TEST(LutS16, TheTableOfTheIdentityChangesLittle) {
  std::vector<std::int16_t> table;
  for (int i = 0; i < 513; ++i) table.push_back(static_cast<std::int16_t>(std::min((i - 256) * 128, 32767)));
  const std::vector<std::int16_t> input = every_code();
  GuardedBuffer<std::int16_t> output(input.size());
  LutS16::run({65536}, {input.data(), table.data(), output.data()});
  const auto values = output.values();
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (input[i] < 32640) {  // the last entry is 32767, not 32768
      ASSERT_EQ(values[i], input[i]);
    }
    ASSERT_LE(std::abs(values[i] - input[i]), 1);
  }
}

TEST(LutS16, AFunctionIsFollowedClosely) {
  std::vector<std::int16_t> table;
  const auto function = [](double code) { return 32767.0 * std::tanh(code * 4.0 / 32768.0); };
  for (int i = 0; i < 513; ++i) table.push_back(static_cast<std::int16_t>(std::lround(function((i - 256) * 128.0))));
  const std::vector<std::int16_t> input = every_code();
  GuardedBuffer<std::int16_t> output(input.size());
  LutS16::run({65536}, {input.data(), table.data(), output.data()});
  const auto values = output.values();
  for (std::size_t i = 0; i < input.size(); ++i) ASSERT_NEAR(values[i], function(input[i]), 2.0) << input[i];
}

static_assert(LutS16::scratch_bytes({}, Isa::Mve) == 0);

}  // namespace
}  // namespace pudu::kernels
