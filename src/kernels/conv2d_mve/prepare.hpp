// Runs in the compiler and in tests: operands of conv2d_mve_s8.
#pragma once

#include <cstdint>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/requantize_fit.hpp"

namespace pudu::kernels::conv2d_mve {

/// The kernel takes calls with these parameters, if the shifts suit, too.
constexpr bool applies(const Conv2dS8Params& p) noexcept {
  return p.groups == 1 && p.dilation_h == 1 && p.dilation_w == 1 && p.output_channels >= 2 &&
         p.output_channels <= most_output_channels;
}

/// It can. An image of one row may be one of width 1 whose axes were swapped: calls over parts of it have short rows.
constexpr bool may_share(const Conv2dS8Params& p, Conv2dSharing sharing) noexcept {
  if (sharing == Conv2dSharing::None) return true;
  if (sharing == Conv2dSharing::Columns) {
    return p.kernel_w == 3 && p.stride_w <= 2 && p.output_w >= 4 && (p.output_h > 1 || p.kernel_h > 1);
  }
  const std::int64_t row = std::int64_t{p.kernel_w} * p.input_channels, pitch = row * p.stride_h;
  return row <= 16 && p.kernel_h <= 16 && p.stride_h <= 16 && p.output_h >= 4 &&
         std::int64_t{3} * p.output_w * p.output_channels < UINT16_MAX &&
         has_rows_pass(static_cast<std::int32_t>((p.kernel_h * row + 15) / 16), static_cast<std::int32_t>(pitch));
}

constexpr Conv2dMveS8Params params_of(const Conv2dS8Params& p, Conv2dSharing sharing = Conv2dSharing::None) noexcept {
  return {p.batches,         p.input_h,        p.input_w,
          p.input_channels,  p.output_h,       p.output_w,
          p.output_channels, p.kernel_h,       p.kernel_w,
          p.stride_h,        p.stride_w,       p.pad_top,
          p.pad_left,        -p.input_offset,  p.output_offset,
          p.activation_min,  p.activation_max, static_cast<std::int32_t>(sharing)};
}

constexpr std::size_t packed_weight_bytes(const Conv2dMveS8Params& p) noexcept {
  return static_cast<std::size_t>(Conv2dMveS8::pair_bytes(p)) * static_cast<std::size_t>(Conv2dMveS8::pairs(p));
}

constexpr std::size_t constant_words(const Conv2dMveS8Params& p) noexcept {
  return 8 * static_cast<std::size_t>(Conv2dMveS8::pairs(p));
}

/// `weights` as conv2d_s8 has them.
inline void pack_weights(const Conv2dMveS8Params& p, const std::int8_t* weights, std::int8_t* packed) noexcept {
  const std::int32_t taps = Conv2dMveS8::taps(p), pair_bytes = Conv2dMveS8::pair_bytes(p);
  for (std::int32_t pair = 0; pair < Conv2dMveS8::pairs(p); ++pair, packed += pair_bytes) {
    for (std::int32_t i = 0; i < pair_bytes; ++i) packed[i] = 0;
    const std::int8_t* first = weights + Conv2dMveS8::first_channel(p, pair) * taps;
    for (std::int32_t ky = 0; ky < p.kernel_h; ++ky) {
      for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
        for (std::int32_t channel = 0; channel < p.input_channels; ++channel, ++first) {
          std::int8_t* to = packed + weight_index(p, ky, kx, channel);
          to[0] = first[0], to[16] = first[taps];
        }
      }
    }
  }
}

/// Shifts go right by 1 or more or, where ties of negative sums do not matter, by 0.
constexpr bool takes_shift(const Conv2dMveS8Params& p, std::int32_t shift) noexcept {
  const bool has_ties = p.output_offset != -128 || p.activation_min != -128 || p.activation_max != 127;
  return shift <= (has_ties ? -1 : 0);
}

/// False when there is a shift that the kernel does not take, or a bias would not fit 32 bits.
inline bool pack_constants(const Conv2dMveS8Params& p, const Conv2dS8Operands& operands,
                           std::int32_t* constants) noexcept {
  const std::int32_t taps = Conv2dMveS8::taps(p);
  for (std::int32_t pair = 0; pair < Conv2dMveS8::pairs(p); ++pair) {
    for (std::int32_t i = 0; i < 2; ++i, constants += 3) {
      const std::int32_t channel = Conv2dMveS8::first_channel(p, pair) + i;
      const std::int32_t bias = operands.bias != nullptr ? operands.bias[channel] : 0;
      ChannelRequantization folded{};
      if (!takes_shift(p, operands.shifts[channel]) || operands.multipliers[channel] < 0 ||
          !fold_input_offset(operands.weights + channel * taps, taps, 1, -p.pad_value, bias, folded)) {
        return false;
      }
      constants[0] = folded.bias, constants[1] = operands.multipliers[channel], constants[2] = operands.shifts[channel];
    }
    *constants++ = p.output_offset, *constants++ = 1;
  }
  return true;
}

}  // namespace pudu::kernels::conv2d_mve
