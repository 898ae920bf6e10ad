// Runs in the compiler and in tests: operands of conv2d_mve_s8.
#pragma once

#include <cstdint>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/requantize_fit.hpp"

namespace pudu::kernels::conv2d_mve {

/// The kernel takes calls with these parameters, if the shifts suit, too.
constexpr bool applies(const Conv2dS8Params& p) noexcept {
  return p.groups == 1 && p.dilation_h == 1 && p.dilation_w == 1 && p.output_channels >= 4 &&
         std::int64_t{p.output_h} * p.output_w >= 3;
}

constexpr Conv2dMveS8Params params_of(const Conv2dS8Params& p) noexcept {
  return {p.batches,         p.input_h,       p.input_w,       p.input_channels, p.output_h,      p.output_w,
          p.output_channels, p.kernel_h,      p.kernel_w,      p.stride_h,       p.stride_w,      p.pad_top,
          p.pad_left,        -p.input_offset, p.output_offset, p.activation_min, p.activation_max};
}

constexpr std::size_t packed_weight_bytes(const Conv2dMveS8Params& p) noexcept {
  return 64 * static_cast<std::size_t>(Conv2dMveS8::groups(p)) * static_cast<std::size_t>(Conv2dMveS8::units(p));
}

constexpr std::size_t constant_words(const Conv2dMveS8Params& p) noexcept {
  return 12 * static_cast<std::size_t>(Conv2dMveS8::groups(p));
}

/// `weights` as conv2d_s8 has them.
inline void pack_weights(const Conv2dMveS8Params& p, const std::int8_t* weights, std::int8_t* packed) noexcept {
  const std::int32_t taps = Conv2dMveS8::taps(p);
  for (std::int32_t group = 0; group < Conv2dMveS8::groups(p); ++group) {
    const std::int8_t* rows = weights + Conv2dMveS8::first_channel(p, group) * taps;
    for (std::int32_t pair = 0; pair < 2; ++pair) {
      for (std::int32_t unit = 0; unit < Conv2dMveS8::units(p); ++unit) {
        for (std::int32_t i = 0; i < 32; ++i) {
          const std::int32_t tap = 16 * unit + i % 16, channel = pair + 2 * (i / 16);
          *packed++ = tap < taps ? rows[channel * taps + tap] : std::int8_t{0};
        }
      }
    }
  }
}

/// False when a shift does not go right, or a bias would not fit 32 bits.
inline bool pack_constants(const Conv2dMveS8Params& p, const Conv2dS8Operands& operands,
                           std::int32_t* constants) noexcept {
  const std::int32_t taps = Conv2dMveS8::taps(p);
  for (std::int32_t group = 0; group < Conv2dMveS8::groups(p); ++group, constants += 12) {
    for (std::int32_t i = 0; i < 4; ++i) {
      const std::int32_t channel = Conv2dMveS8::first_channel(p, group) + i;
      const std::int32_t bias = operands.bias != nullptr ? operands.bias[channel] : 0;
      ChannelRequantization folded{};
      if (operands.shifts[channel] >= 0 ||
          !fold_input_offset(operands.weights + channel * taps, taps, 1, -p.pad_value, bias, folded)) {
        return false;
      }
      constants[i] = folded.bias;
      constants[4 + i] = operands.multipliers[channel];
      constants[8 + i] = operands.shifts[channel];
    }
  }
  return true;
}

}  // namespace pudu::kernels::conv2d_mve
