// conv2d_winograd_dsp_s8 against conv2d_s8, which its own test proves against the plain sum: every small image and
// padding, every number of units, all forms of requantization, both kinds of weights. The inner loops for the device
// are compared in tests/qemu.
#include "kernels/conv2d_winograd_dsp/conv2d_winograd_dsp_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/winograd_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

struct TilesOfOutputs {
  using Kernel = Conv2dWinogradDspS8;
  static constexpr std::int32_t channel_step = 4, least_outputs = 2;
  static Conv2dWinogradDspS8Params prepare(const Conv2dS8Params& p, RequantizeForm form, Random& random) {
    return winograd_params(p, form, random.one_in(2) ? 8 : 16, random.between(1, 5));
  }
};

TEST(Conv2dWinogradDspS8, EverySmallImage) {
  expect_every_small_image<TilesOfOutputs>();
}

TEST(Conv2dWinogradDspS8, EveryNumberOfChannels) {
  expect_every_number_of_channels<TilesOfOutputs>();
}

TEST(Conv2dWinogradDspS8, ExtremeCodes) {
  expect_extreme_codes<TilesOfOutputs>();
}

}  // namespace
}  // namespace pudu::kernels
