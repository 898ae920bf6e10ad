// Convolutions of 16-bit codes prepared for the DSP extension against those in the dialect's layout, which their own
// test proves against the plain sum: every small window, random larger shapes, all forms of requantization and both
// widths of weights; their constants against the formula, at the ends of what they hold for. The inner loops for the
// device are compared in tests/qemu.
#include "kernels/wide_conv2d_dsp.hpp"

#include <gtest/gtest.h>

#include "kernels/conv2d_dsp_s16/conv2d_dsp_s16.hpp"
#include "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp"
#include "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp"
#include "kernels/conv2d_s16/conv2d_s16.hpp"
#include "kernels/conv2d_s16_s8/conv2d_s16_s8.hpp"
#include "kernels/conv2d_s8_s16/conv2d_s8_s16.hpp"
#include "kernels/testing/wide_prepared_fixture.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

template <class Kernels>
class WideConv2dDspTest : public WidePreparedTest<Kernels> {
 protected:
  using typename WidePreparedTest<Kernels>::Base;
  using typename WidePreparedTest<Kernels>::Prepared;
  using typename WidePreparedTest<Kernels>::Output;
  using WidePreparedTest<Kernels>::random;

  void check(ConvolutionShape shape) {
    auto p = convolution_params<Base>(shape, random);
    if (p.output_h == 0 || p.output_w == 0) return;
    p.output_channels = shape.out, p.groups = 1;
    const Clamp bounds = preparable_bounds<Output>(random);
    p.output_min = bounds.low, p.output_max = bounds.high;
    const std::int32_t taps = shape.kh * shape.kw * shape.in;
    const auto input = random_codes<Base>(random, shape.batches * shape.h * shape.w * shape.in);
    const auto weights = random.codes(static_cast<std::size_t>(shape.out * taps));
    const ChannelParameters channels = preparable_channels<Prepared>(random, shape.out, taps);
    std::vector<Output> expected(static_cast<std::size_t>(shape.batches * p.output_h * p.output_w * shape.out));
    std::vector<std::uint8_t> base_scratch(Base::scratch_bytes(p, Isa::Scalar) + 1);
    Base::run(p, {input.data(), weights.data(), channels.bias.data(), channels.multipliers.data(),
                  channels.shifts.data(), expected.data(), base_scratch.data()});
    for (const std::int32_t bits : {8, 16}) {
      const PreparedWideConv2d<Prepared> layer(p, weights.data(), channels, bits, 2 * random.between(1, 9));
      this->expect_output(layer, input, expected);
    }
  }
};

using Kernels = ::testing::Types<KernelPair<Conv2dDspS16, Conv2dS16>, KernelPair<Conv2dDspS16S8, Conv2dS16S8>,
                                 KernelPair<Conv2dDspS8S16, Conv2dS8S16>>;
TYPED_TEST_SUITE(WideConv2dDspTest, Kernels);

TYPED_TEST(WideConv2dDspTest, EverySmallWindow) {
  for_every_small_window(this->random, [&](ConvolutionShape shape) {
    shape.dh = shape.dw = 1, shape.batches = this->random.between(1, 2);
    shape.in = this->random.between(1, 5), shape.out = this->random.between(2, 5);
    this->check(shape);
  });
  this->expect_every_form();
}

TYPED_TEST(WideConv2dDspTest, PointwiseOfEveryNumberOfChannels) {
  for (std::int32_t in = 1; in <= 100; ++in) {
    this->check({.h = this->random.between(1, 4),
                 .w = this->random.between(1, 9),
                 .in = in,
                 .out = this->random.between(2, 7),
                 .kh = 1,
                 .kw = 1});
  }
}

TYPED_TEST(WideConv2dDspTest, LargerShapes) {
  for (int i = 0; i < 60; ++i) {
    ConvolutionShape shape = random_convolution_shape(this->random);
    shape.dh = shape.dw = 1, shape.h += 8, shape.w += 8;
    shape.in = this->random.between(1, 24), shape.out = this->random.between(2, 20);
    this->check(shape);
  }
  this->expect_every_form();
}

/// A channel's constants against the formula for many sums, those at the ends of its range among them.
template <class Input, class Output>
void check_constants(const WideChannel& channel, const WideRange& range, std::int64_t lowest, std::int64_t highest,
                     Random& random) {
  WideConstants constants{};
  WideForm form{};
  ASSERT_TRUE(find_wide_form<Output>(range, form));
  ASSERT_TRUE((fit_wide<Input, Output>(channel, range, constants)));
  for (int i = 0; i < 200; ++i) {
    const auto between = static_cast<std::int64_t>(random.between(0, 1 << 30)) * (highest - lowest) >> 30;
    const std::int64_t drawn = i < 9 ? lowest + i : (i < 18 ? highest - (i - 9) : lowest + between);
    const std::int64_t sum = std::clamp(drawn, lowest, highest);
    const std::int32_t expected = numerics::requantize_to_codes(
        sum + channel.bias, channel.multiplier, channel.shift, range.output_offset, range.output_min, range.output_max);
    ASSERT_EQ((apply_wide_form<Input, Output>(form, constants, static_cast<std::int32_t>(sum))), expected)
        << "sum " << sum << " bias " << channel.bias << " multiplier " << channel.multiplier << " shift "
        << channel.shift;
  }
}

TEST(WideFit, GivesTheFormulasCodesAtTheEndsOfEveryRange) {
  Random random(3);
  // Sums of [-2^31 + 2^16, 2^31 - 2^16]: magnitudes of 65534.
  std::vector<std::int8_t> weights(516, 127);
  weights.push_back(2);
  for (std::int32_t shift = -25; shift <= -1; ++shift) {
    for (int repetition = 0; repetition < 40; ++repetition) {
      const std::int64_t low = -32768LL * 65534, high = 32767LL * 65534;
      const WideChannel channel{weights.data(), 517, 1, random.between(-65000, 65000), random.multiplier(), shift};
      const Clamp bounds = preparable_bounds<std::int16_t>(random);
      if (shift >= -17) {
        check_constants<std::int16_t, std::int16_t>(channel, {0, 0, bounds.low, bounds.high}, low, high, random);
      }
      if (shift <= -9) {
        check_constants<std::int16_t, std::int8_t>(channel, {0, random.zero_point(), -128, 127}, low, high, random);
      }
      const WideChannel short_channel{weights.data(),      517,      1, random.between(-65000, 65000),
                                      random.multiplier(), shift + 4};
      if (shift >= -17) {
        check_constants<std::int8_t, std::int16_t>(short_channel, {0, 0, bounds.low, bounds.high}, -128LL * 65534,
                                                   127LL * 65534, random);
      }
    }
  }
}

TEST(WideFit, RefusesWhatItHasNoConstantsFor) {
  std::vector<std::int8_t> weights(600, -128);
  const WideRange full{0, 0, -32768, 32767};
  WideConstants constants{};
  const auto fits = [&](std::int32_t taps, std::int32_t bias, std::int32_t shift) {
    return fit_wide<std::int16_t, std::int16_t>({weights.data(), taps, 1, bias, 1 << 30, shift}, full, constants);
  };
  EXPECT_TRUE(fits(511, 0, -8));
  EXPECT_FALSE(fits(512, 0, -8)) << "2^31 is a sum";
  EXPECT_TRUE(fits(511, (1 << 22) - 1, -8));
  EXPECT_FALSE(fits(511, 1 << 22, -8));
  EXPECT_TRUE(fits(1, 0, -1));
  EXPECT_FALSE(fits(1, 0, 0));
  EXPECT_TRUE(fits(1, 0, -17));
  EXPECT_FALSE(fits(1, 0, -18));
  WideForm form{};
  EXPECT_FALSE((find_wide_form<std::int16_t>({0, 0, -5, 32767}, form)));
  EXPECT_FALSE((find_wide_form<std::int8_t>({0, 0, 0, 127}, form)));
}

TEST(WideFit, RefusesLargeSumsAndShiftsOfOtherWidths) {
  std::vector<std::int8_t> weights(8300, -128);
  const WideRange to_int16{0, 0, -32768, 32767}, to_int8{0, 0, -128, 127};
  WideConstants constants{};
  const auto fits_from_int8 = [&](std::int32_t taps, std::int32_t bias, std::int32_t shift) {
    return fit_wide<std::int8_t, std::int16_t>({weights.data(), taps, 1, bias, 1 << 30, shift}, to_int16, constants);
  };
  EXPECT_TRUE(fits_from_int8(8191, 0, -4));
  EXPECT_FALSE(fits_from_int8(8192, 0, -4)) << "2^27 is a sum";
  EXPECT_FALSE(fits_from_int8(8191, 1 << 14, -4));
  EXPECT_TRUE(fits_from_int8(1, 0, 3));
  EXPECT_FALSE(fits_from_int8(1, 0, 4));
  EXPECT_TRUE(fits_from_int8(1, 0, -13));
  EXPECT_FALSE(fits_from_int8(1, 0, -14));
  const auto fits_to_int8 = [&](std::int32_t shift) {
    return fit_wide<std::int16_t, std::int8_t>({weights.data(), 511, 1, 0, 1 << 30, shift}, to_int8, constants);
  };
  EXPECT_TRUE(fits_to_int8(-9));
  EXPECT_FALSE(fits_to_int8(-8));
  EXPECT_TRUE(fits_to_int8(-25));
  EXPECT_FALSE(fits_to_int8(-26));
}

/// A channel that is always 0, because its bias is far below or its scale tiny: neither has to fit 32 bits.
TEST(WideFit, DeadChannelsHaveConstantsForEveryScale) {
  Random random(6);
  const std::int8_t weights[] = {5, -7};
  const std::int64_t low = -5 * 32768 - 7 * 32767, high = 5 * 32767 + 7 * 32768;
  for (std::int32_t shift = -31; shift <= 14; ++shift) {
    const WideChannel far_below{weights, 2, 1, INT32_MIN, random.multiplier(), shift};
    check_constants<std::int16_t, std::int8_t>(far_below, {0, -128, -128, 127}, low, high, random);
    const std::int32_t cap = random.between(0, 32766);
    check_constants<std::int16_t, std::int16_t>(far_below, {0, 0, 0, 32767}, low, high, random);
    check_constants<std::int16_t, std::int16_t>(far_below, {0, 0, 0, cap}, low, high, random);
    check_constants<std::int8_t, std::int16_t>(far_below, {0, 0, 0, cap}, -5 * 128 - 7 * 127, 5 * 127 + 7 * 128,
                                               random);
    if (shift > -20) continue;
    const WideChannel tiny{weights, 2, 1, random.between(-1000, 1000), random.multiplier(), shift};
    check_constants<std::int16_t, std::int16_t>(tiny, {0, 0, -32768, 32767}, low, high, random);
    check_constants<std::int16_t, std::int8_t>(tiny, {0, random.zero_point(), -128, 127}, low, high, random);
  }
  WideConstants constants{};
  const WideChannel not_zero{weights, 2, 1, INT32_MIN, 1 << 30, -20};
  EXPECT_FALSE((fit_wide<std::int16_t, std::int16_t>(not_zero, {0, 0, -32768, 32767}, constants)));
}

// Constants of a damaged program wrap as the instructions do; nothing is undefined, or these were no constants.
constexpr WideConstants extreme(std::int32_t addend, std::int32_t cap) {
  return {INT32_MAX, INT32_MAX, addend, cap};
}
static_assert(apply_wide_form<std::int16_t, std::int16_t>(WideForm::Capped, extreme(INT32_MAX, -1), 0) == 0);
static_assert(apply_wide_form<std::int16_t, std::int16_t>(WideForm::Capped, extreme(0, 0), 0) == -1);
static_assert(apply_wide_form<std::int16_t, std::int16_t>(WideForm::Capped, extreme(INT32_MIN, 0), 0) == 0);
static_assert(apply_wide_form<std::int8_t, std::int16_t>(WideForm::Capped, extreme(INT32_MIN, -1), INT32_MIN) == 0);
static_assert(apply_wide_form<std::int16_t, std::int8_t>(WideForm::Full, extreme(INT32_MAX, 0), INT32_MAX) == 127);

/// Whatever the scale, and for all inputs: a channel of zeros has one output.
TEST(WideFit, ChannelsOfZerosHaveConstantsForEveryScale) {
  Random random(5);
  const std::int8_t zeros[4] = {};
  for (std::int32_t shift = -31; shift <= 14; ++shift) {
    for (const std::int32_t bias : {0, 1, -1, 70000, -70000, 1 << 30}) {
      const WideChannel channel{zeros, 4, 1, bias, random.multiplier(), shift};
      const Clamp bounds = preparable_bounds<std::int16_t>(random);
      check_constants<std::int16_t, std::int16_t>(channel, {0, 0, bounds.low, bounds.high}, 0, 0, random);
      check_constants<std::int16_t, std::int8_t>(channel, {0, random.zero_point(), -128, 127}, 0, 0, random);
      check_constants<std::int8_t, std::int16_t>(channel, {5, 0, bounds.low, bounds.high}, 0, 0, random);
    }
  }
}

}  // namespace
}  // namespace pudu::kernels
