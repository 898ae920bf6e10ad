// Inner products of one input vector with several rows of weights: the inner loop of convolutions and linear layers.
// Several output channels go together so that a value is loaded and offset once for all; how many depends on the
// registers of the core. Sums wrap in 32 bits without undefined behaviour, because they are unsigned.
#pragma once

#include <cstdint>
#include <utility>

#include "numerics/requantize.hpp"

namespace pudu::kernels {

/// Output channels accumulated together. Thumb-1 cores reach 8 registers only.
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1
inline constexpr int channel_block = 2;
#else
inline constexpr int channel_block = 4;
#endif

/// Requantization of the channels of one layer; the pointers are those of the kernel's operands.
struct ChannelRequantizer {
  const std::int32_t* bias;  ///< null for zeros
  const std::int32_t* multipliers;
  const std::int32_t* shifts;
  std::int32_t output_offset, activation_min, activation_max;

  std::int8_t apply(std::int32_t channel, std::uint32_t sum) const noexcept {
    const std::uint32_t start = bias != nullptr ? static_cast<std::uint32_t>(bias[channel]) : 0;
    return numerics::requantize_to_int8(static_cast<std::int32_t>(sum + start), multipliers[channel], shifts[channel],
                                        output_offset, activation_min, activation_max);
  }
};

/// sums[n] += sum over k in [0, length) of (x[k] + offset) * w[n * row_stride + k].
template <class X, std::size_t... N>
inline void accumulate_dots(const X* x, std::int32_t offset, const std::int8_t* w, std::int32_t row_stride,
                            std::int32_t length, std::uint32_t* sums, std::index_sequence<N...>) noexcept {
  std::uint32_t local[] = {sums[N]...};
  const std::int8_t* rows[] = {w + static_cast<std::int32_t>(N) * row_stride...};
  for (std::int32_t k = 0; k < length; ++k) {
    const std::int32_t value = x[k] + offset;
    ((local[N] += static_cast<std::uint32_t>(value * rows[N][k])), ...);
  }
  ((sums[N] = local[N]), ...);
}

/// Output channels [begin, end) of one position: dots of `x` with the weight rows `w + channel * row_stride`.
template <class X>
inline void write_channels(const X* x, std::int32_t offset, const std::int8_t* w, std::int32_t row_stride,
                           std::int32_t length, const ChannelRequantizer& requantizer, std::int32_t begin,
                           std::int32_t end, std::int8_t* output) noexcept {
  std::int32_t channel = begin;
  const std::int8_t* row = w + begin * row_stride;
  for (; channel + channel_block <= end; channel += channel_block, row += channel_block * row_stride) {
    std::uint32_t sums[channel_block] = {};
    accumulate_dots(x, offset, row, row_stride, length, sums, std::make_index_sequence<channel_block>{});
    for (int n = 0; n < channel_block; ++n) output[channel + n] = requantizer.apply(channel + n, sums[n]);
  }
  for (; channel < end; ++channel, row += row_stride) {
    std::uint32_t sum[1] = {};
    accumulate_dots(x, offset, row, row_stride, length, sum, std::make_index_sequence<1>{});
    output[channel] = requantizer.apply(channel, sum[0]);
  }
}

}  // namespace pudu::kernels
