// Constants of dead channels for prepared int8 kernels: one output for all sums, whatever bias and scale are. Those of
// other channels are proved with their kernels.
#include "kernels/requantize_fit.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/testing/random_data.hpp"

namespace pudu::kernels {
namespace {

using testing::Random;

constexpr RequantizeForm forms[] = {RequantizeForm::Rounded, RequantizeForm::Line9, RequantizeForm::Line11,
                                    RequantizeForm::Line13, RequantizeForm::Line15};

/// The bytes of the formula, for the ends of the range and sums between them.
void expect_formula(const ChannelRequantization& c, RequantizeForm form, Random& random) {
  ChannelConstants constants{};
  ASSERT_TRUE(fit_form(c, form, constants));
  for (int i = 0; i < 50; ++i) {
    const auto between = static_cast<std::int64_t>(random.between(0, 1 << 30)) * (c.highest - c.lowest) >> 30;
    const std::int64_t sum = i == 0 ? c.highest : c.lowest + (i == 1 ? 0 : between);
    ASSERT_EQ(apply_form(form, constants, {}, static_cast<std::int32_t>(sum)), formula_output(c, sum))
        << "form " << static_cast<std::int32_t>(form) << " sum " << sum << " bias " << c.bias << " shift " << c.shift;
  }
}

TEST(RequantizeFit, ChannelsFarBelowZeroHaveEveryForm) {
  Random random(1);
  for (std::int32_t shift = -31; shift <= 0; ++shift) {
    for (const std::int32_t bias : {-(1 << 28), -(1 << 30), INT32_MIN + (1 << 20)}) {
      const std::int64_t taps = random.between(1, 25);
      const ChannelRequantization c{bias, random.multiplier(), shift,           -128, -128,
                                    127,  -128 * 127 * taps,   127 * 127 * taps};
      for (const RequantizeForm form : forms) expect_formula(c, form, random);
    }
  }
}

TEST(RequantizeFit, ChannelsOfOneOutputAreRounded) {
  Random random(2);
  for (std::int32_t shift = -31; shift <= -26; ++shift) {
    for (int i = 0; i < 50; ++i) {
      const std::int32_t offset = random.zero_point(), low = std::min(offset, random.zero_point());
      // All sums are rounded to the zero point, which the clamp leaves as it is or brings to one of its ends.
      const ChannelRequantization c{
          random.between(-1000, 1000), random.multiplier(), shift, offset, low, 127, -200000, 200000};
      expect_formula(c, RequantizeForm::Rounded, random);
    }
  }
}

TEST(RequantizeFit, ChannelsOfTwoOutputsAreNotDead) {
  ChannelConstants constants{};
  // -128 but for the highest sum, whose output is one more.
  const ChannelRequantization almost{-(1 << 30), 1 << 30, 0, -128, -128, 127, -100, (1 << 30) + 1};
  EXPECT_EQ(formula_output(almost, almost.highest), -127);
  EXPECT_FALSE(fit_form(almost, RequantizeForm::Line15, constants));
  EXPECT_FALSE(fit_form(almost, RequantizeForm::Rounded, constants));
  // The sum wraps at its lowest, and the formula with it.
  const ChannelRequantization wraps{INT32_MIN + 10, 1 << 30, -8, -128, -128, 127, -100, 0};
  EXPECT_EQ(formula_output(wraps, wraps.lowest), 127);
  EXPECT_FALSE(fit_form(wraps, RequantizeForm::Line15, constants));
  EXPECT_FALSE(fit_form(wraps, RequantizeForm::Rounded, constants));
}

}  // namespace
}  // namespace pudu::kernels
