// Runs in the compiler and in tests: operands of depthwise_conv2d_mve_s8.
#pragma once

#include <cstdint>

#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"
#include "kernels/requantize_fit.hpp"

namespace pudu::kernels::depthwise_conv2d_mve {

/// The kernel takes calls with these parameters, if the shifts suit, too. Distances in scratch are 16-bit numbers, and
/// so are those of eight outputs.
constexpr bool applies(const DepthwiseConv2dS8Params& p) noexcept {
  return p.kernel_h == 3 && p.kernel_w == 3 && p.stride_h == p.stride_w && p.stride_h <= 2 && p.dilation_h == 1 &&
         p.dilation_w == 1 && p.depth_multiplier == 1 && p.input_channels >= 8 && p.activation_min == -128 &&
         p.activation_max == 127;
}

constexpr DepthwiseConv2dMveS8Params params_of(const DepthwiseConv2dS8Params& p, std::int32_t slide_down) noexcept {
  return {p.batches,  p.input_h, p.input_w,  p.input_channels, p.output_h, p.output_w,     p.stride_h,
          p.stride_w, p.pad_top, p.pad_left, -p.input_offset,  slide_down, p.output_offset};
}

/// Distances fit their 16 bits: of seven outputs along, or three along and one across.
constexpr bool has_small_distances(const DepthwiseConv2dMveS8Params& p) noexcept {
  const std::int64_t down = std::int64_t{p.channels} * p.output_w;
  const std::int64_t along = p.slide_down != 0 ? down : p.channels, across = p.slide_down != 0 ? p.channels : down;
  return DepthwiseConv2dMveS8::scratch_bytes(p, Isa::Mve) <= UINT16_MAX && 7 * along <= UINT16_MAX &&
         3 * along + across <= UINT16_MAX;
}

/// `weights` as depthwise_conv2d_s8 has them, [3, 3, channels]; `packed` holds weight_bytes a channel.
inline void pack_weights(const DepthwiseConv2dMveS8Params& p, const std::int8_t* weights,
                         std::int8_t* packed) noexcept {
  for (std::int32_t channel = 0; channel < p.channels; ++channel, packed += weight_bytes) {
    for (std::int32_t i = 0; i < weight_bytes; ++i) packed[i] = 0;
    for (std::int32_t along = 0; along < 3; ++along) {
      for (std::int32_t across = 0; across < 3; ++across) {
        const std::int32_t tap = p.slide_down != 0 ? 3 * along + across : 3 * across + along;
        const std::int8_t weight = weights[tap * p.channels + channel];
        packed[first_weight + 4 * along + across] = weight;
      }
    }
  }
}

/// Four words a channel. False when a shift does not go right, or a bias would not fit 32 bits.
inline bool pack_constants(const DepthwiseConv2dMveS8Params& p, const DepthwiseConv2dS8Operands& operands,
                           std::int32_t* constants) noexcept {
  for (std::int32_t channel = 0; channel < p.channels; ++channel, constants += 4) {
    ChannelRequantization folded{};
    const std::int32_t bias = operands.bias != nullptr ? operands.bias[channel] : 0;
    if (operands.shifts[channel] >= 0 || operands.multipliers[channel] < 0 ||
        !fold_input_offset(operands.weights + channel, 9, p.channels, -p.pad_value, bias, folded)) {
      return false;
    }
    constants[0] = folded.bias, constants[1] = operands.multipliers[channel];
    constants[2] = p.output_offset, constants[3] = operands.shifts[channel];
  }
  return true;
}

}  // namespace pudu::kernels::depthwise_conv2d_mve
