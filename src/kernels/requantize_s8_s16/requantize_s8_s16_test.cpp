// requantize_s8_s16 against the formula: every code, every shift.
#include "kernels/requantize_s8_s16/requantize_s8_s16.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/requantize_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing::requantize_checks;

TEST(RequantizeS8S16, EveryCodeAtEveryShift) {
  every_code_at_every_shift<RequantizeS8S16>(40);
}

TEST(RequantizeS8S16, OddCounts) {
  odd_counts<RequantizeS8S16>(1 << 30, 1);
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
