// conv2d_winograd_rows_dsp_s8 against conv2d_s8, which its own test proves against the plain sum: every small image and
// padding, every number of input channels, all forms of requantization. The inner loops for the device are compared in
// tests/qemu.
#include "kernels/conv2d_winograd_rows_dsp/conv2d_winograd_rows_dsp_s8.hpp"

#include <gtest/gtest.h>

#include "kernels/testing/winograd_checks.hpp"

namespace pudu::kernels {
namespace {

using namespace testing;

struct RowsOfOutputs {
  using Kernel = Conv2dWinogradRowsDspS8;
  static constexpr std::int32_t channel_step = 8, least_outputs = 4;
  static Conv2dWinogradRowsDspS8Params prepare(const Conv2dS8Params& p, RequantizeForm form, Random&) {
    return winograd_rows_params(p, form);
  }
};

TEST(Conv2dWinogradRowsDspS8, EverySmallImage) {
  expect_every_small_image<RowsOfOutputs>();
}

TEST(Conv2dWinogradRowsDspS8, EveryNumberOfChannels) {
  expect_every_number_of_channels<RowsOfOutputs>();
}

TEST(Conv2dWinogradRowsDspS8, ExtremeCodes) {
  expect_extreme_codes<RowsOfOutputs>();
}

}  // namespace
}  // namespace pudu::kernels
