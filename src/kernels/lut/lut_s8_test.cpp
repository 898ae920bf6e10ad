// lut_s8: every code, in place and not.
#include "kernels/lut/lut_s8.hpp"

#include <gtest/gtest.h>

#include <string_view>

#include "kernels/testing/random_data.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

TEST(LutS8, EveryCode) {
  Random random(1);
  const auto table = random.codes(256);
  std::vector<std::int8_t> input, expected;
  for (int code = 127; code >= -128; --code) {
    input.push_back(static_cast<std::int8_t>(code));
    expected.push_back(table[static_cast<std::uint8_t>(code + 128)]);
  }
  for (const std::int32_t count : {0, 1, 3, 255, 256}) {
    GuardedBuffer<std::int8_t> output(static_cast<std::size_t>(count));
    LutS8::run({count}, {input.data(), table.data(), output.data()});
    const std::vector<std::int8_t> head(expected.begin(), expected.begin() + count);
    EXPECT_EQ(output.values(), head);
    output.assign(std::vector<std::int8_t>(input.begin(), input.begin() + count));
    LutS8::run({count}, {output.data(), table.data(), output.data()});
    EXPECT_EQ(output.values(), head) << "in place";
  }
}

TEST(LutS8, AnIdentityTableIsACopy) {
  std::vector<std::int8_t> table;
  for (int code = -128; code <= 127; ++code) table.push_back(static_cast<std::int8_t>(code));
  Random random(2);
  const auto input = random.codes(1000);
  GuardedBuffer<std::int8_t> output(input.size());
  LutS8::run({1000}, {input.data(), table.data(), output.data()});
  EXPECT_EQ(output.values(), input);
}

static_assert(std::string_view(LutS8::in_place_input) == "input");

}  // namespace
}  // namespace pudu::kernels
