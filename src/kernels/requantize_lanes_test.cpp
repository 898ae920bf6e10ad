// The forms of requantize_lanes.hpp against the formula: around every threshold and for random sums, for scales of
// every octave, with and without a fused ReLU.
#include <gtest/gtest.h>

#include <vector>

#include "kernels/requantize_lanes_fit.hpp"
#include "kernels/testing/random_data.hpp"

namespace pudu::kernels {
namespace {

using testing::Random;

/// A channel whose scale lies in [2^-octave, 2^(1-octave)), with sums that reach beyond both clamps or do not.
ChannelRequantization random_channel(Random& random, std::int32_t octave, std::int32_t output_offset) {
  ChannelRequantization c{};
  c.multiplier = random.between(1 << 30, INT32_MAX);
  c.shift = 1 - octave;
  c.output_offset = output_offset, c.activation_min = -128, c.activation_max = 127;
  const std::int32_t whole = 256 << octave;
  c.bias = random.between(-whole, whole);
  c.highest = random.between(0, random.one_in(4) ? whole / 8 : 4 * whole);
  c.lowest = -random.between(0, random.one_in(4) ? whole / 8 : 4 * whole);
  return c;
}

void check_sum(const ChannelRequantization& c, LanesForm form, const LanesConstants& constants, std::int64_t sum) {
  if (sum < c.lowest || sum > c.highest) return;
  ASSERT_EQ(apply_lanes(form, constants, static_cast<std::int32_t>(sum)), formula_output(c, sum))
      << "sum " << sum << " in [" << c.lowest << ", " << c.highest << "] bias " << c.bias << " multiplier "
      << c.multiplier << " shift " << c.shift << " zero point " << c.output_offset << " form "
      << static_cast<int>(form);
}

void check(const ChannelRequantization& c, LanesForm form, const LanesConstants& constants, Random& random) {
  const fit::Thresholds thresholds = fit::find_thresholds(c);
  for (const std::int64_t first : thresholds.first) {
    for (std::int64_t sum = first - 3; sum <= first + 3; ++sum) check_sum(c, form, constants, sum);
  }
  for (std::int64_t sum = -c.bias - 3; sum <= -c.bias + 3; ++sum) check_sum(c, form, constants, sum);
  for (int i = 0; i < 300; ++i) {
    const auto sum = random.between(static_cast<std::int32_t>(c.lowest), static_cast<std::int32_t>(c.highest));
    check_sum(c, form, constants, sum);
  }
  check_sum(c, form, constants, c.lowest);
  check_sum(c, form, constants, c.highest);
}

/// Of 60 channels of an octave, those that have constants, all checked.
int count_fitted(LanesForm form, std::int32_t octave, bool has_relu) {
  Random random(static_cast<std::uint32_t>(octave * 8 + static_cast<int>(form)));
  int fitted = 0;
  for (int i = 0; i < 60; ++i) {
    const ChannelRequantization c = random_channel(random, octave, has_relu ? -128 : random.zero_point());
    LanesConstants constants{};
    if (!fit_lanes(c, form, constants)) continue;
    ++fitted;
    check(c, form, constants, random);
  }
  return fitted;
}

TEST(RequantizeLanes, FormsGiveTheFormulasBytes) {
  for (const bool has_relu : {true, false}) {
    for (std::int32_t octave = 0; octave <= 16; ++octave) {
      const int narrow = count_fitted(LanesForm::Narrow, octave, has_relu);
      const int medium = count_fitted(LanesForm::Medium, octave, has_relu);
      const int wide = count_fitted(LanesForm::Wide, octave, has_relu);
      // Where each form is meant to be used it has nearly every channel.
      if (octave >= 3 && octave <= 7) {
        EXPECT_EQ(narrow, 60) << octave;
      }
      if (octave == 8) {
        EXPECT_GE(narrow, 57);
      }
      if (octave == 9 || octave == 10) {
        EXPECT_GE(medium, 55) << octave;
      }
      if (octave >= 9 && octave <= 13) {
        EXPECT_EQ(wide, 60) << octave;
      }
      // Products would overflow.
      if (octave <= 2) {
        EXPECT_EQ(narrow + medium + wide, 0) << octave;
      }
    }
  }
}

TEST(RequantizeLanes, TakesTheShortestForm) {
  Random random(3);
  LanesConstants constants{};
  EXPECT_EQ(fit_best_lanes(random_channel(random, 5, -128), constants), LanesForm::Narrow);
  EXPECT_EQ(fit_best_lanes(random_channel(random, 9, -128), constants), LanesForm::Medium);
  EXPECT_EQ(fit_best_lanes(random_channel(random, 13, 7), constants), LanesForm::Wide);
  EXPECT_EQ(fit_best_lanes(random_channel(random, 1, -128), constants), LanesForm::General);
}

TEST(RequantizeLanes, RefusesOtherClamps) {
  Random random(4);
  LanesConstants constants{};
  ChannelRequantization c = random_channel(random, 9, -128);
  ASSERT_TRUE(fit_lanes(c, LanesForm::Wide, constants));
  c.activation_max = 100;
  EXPECT_FALSE(fit_lanes(c, LanesForm::Wide, constants));
  c.activation_max = 127, c.activation_min = -3;
  EXPECT_FALSE(fit_lanes(c, LanesForm::Wide, constants));
}

TEST(RequantizeLanes, OneStepFromTheLowestToTheHighestOutput) {
  // One sum alone can come, and every output is the same.
  for (const std::int32_t bias : {-100000, 0, 100000}) {
    ChannelRequantization c{bias, 1 << 30, -8, 3, -128, 127, 0, 0};
    LanesConstants constants{};
    ASSERT_TRUE(fit_lanes(c, LanesForm::Wide, constants)) << bias;
    EXPECT_EQ(apply_lanes(LanesForm::Wide, constants, 0), formula_output(c, 0)) << bias;
  }
}

}  // namespace
}  // namespace pudu::kernels
