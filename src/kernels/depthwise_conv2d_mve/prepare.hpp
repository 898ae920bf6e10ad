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
  return (p.kernel_h == 3 || p.kernel_h == 5) && p.kernel_w == p.kernel_h && p.stride_h == p.stride_w &&
         p.stride_h <= 2 && p.dilation_h == 1 && p.dilation_w == 1 && p.depth_multiplier == 1 &&
         p.input_channels >= 8 && p.activation_min == -128 && p.activation_max == 127;
}

constexpr DepthwiseConv2dMveS8Params params_of(const DepthwiseConv2dS8Params& p, std::int32_t slide_down) noexcept {
  return {p.batches,  p.input_h,  p.input_w, p.input_channels, p.output_h,      p.output_w, p.kernel_h,     p.kernel_w,
          p.stride_h, p.stride_w, p.pad_top, p.pad_left,       -p.input_offset, slide_down, p.output_offset};
}

constexpr std::size_t packed_weight_bytes(const DepthwiseConv2dMveS8Params& p) noexcept {
  return static_cast<std::size_t>(weight_bytes(p.kernel_h)) * static_cast<std::size_t>(p.channels);
}

/// Distances fit their 16 bits: of seven outputs along, or three along and one across.
constexpr bool has_small_distances(const DepthwiseConv2dMveS8Params& p) noexcept {
  const std::int64_t down = std::int64_t{p.channels} * p.output_w;
  const std::int64_t along = p.slide_down != 0 ? down : p.channels, across = p.slide_down != 0 ? p.channels : down;
  return DepthwiseConv2dMveS8::scratch_bytes(p, Isa::Mve) <= UINT16_MAX && 7 * along <= UINT16_MAX &&
         3 * along + across <= UINT16_MAX;
}

/// `weights` as depthwise_conv2d_s8 has them, [kernel, kernel, channels]; `packed` holds packed_weight_bytes.
inline void pack_weights(const DepthwiseConv2dMveS8Params& p, const std::int8_t* weights,
                         std::int8_t* packed) noexcept {
  const std::int32_t kernel = p.kernel_h, bytes = weight_bytes(kernel);
  for (std::int32_t channel = 0; channel < p.channels; ++channel, packed += bytes) {
    for (std::int32_t i = 0; i < bytes; ++i) packed[i] = 0;
    for (std::int32_t along = 0; along < kernel; ++along) {
      for (std::int32_t across = 0; across < kernel; ++across) {
        const std::int32_t tap = p.slide_down != 0 ? kernel * along + across : kernel * across + along;
        packed[first_weight(kernel) + position_bytes(kernel) * along + across] = weights[tap * p.channels + channel];
      }
    }
  }
}

/// Four words a channel. False when a shift does not go right by 1 or, where ties of negative sums do not matter, by 0,
/// or a bias would not fit 32 bits.
inline bool pack_constants(const DepthwiseConv2dMveS8Params& p, const DepthwiseConv2dS8Operands& operands,
                           std::int32_t* constants) noexcept {
  for (std::int32_t channel = 0; channel < p.channels; ++channel, constants += 4) {
    ChannelRequantization folded{};
    const std::int32_t bias = operands.bias != nullptr ? operands.bias[channel] : 0;
    if (operands.shifts[channel] > (p.output_offset == -128 ? 0 : -1) || operands.multipliers[channel] < 0 ||
        !fold_input_offset(operands.weights + channel, p.kernel_h * p.kernel_h, p.channels, -p.pad_value, bias,
                           folded)) {
      return false;
    }
    constants[0] = folded.bias, constants[1] = operands.multipliers[channel];
    constants[2] = p.output_offset, constants[3] = operands.shifts[channel];
  }
  return true;
}

}  // namespace pudu::kernels::depthwise_conv2d_mve
