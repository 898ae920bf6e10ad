// Inner products of int16 values with several rows of int8 weights, in exact sums of 64 bits, and their requantization
// to int16: the inner loop of the 16x8 convolutions and linear layers.
// A product is at most 2^22 in magnitude, so 32 bits hold the sum of `chunk_taps` of them. The loops of dot_product.hpp
// sum a chunk, and only chunks are added in 64 bits, which costs a few instructions in 256 products.
// Limits: at most 2^24 taps.
#pragma once

#include "kernels/dot_product.hpp"
#include "numerics/requantize_wide.hpp"

namespace pudu::kernels {

/// Taps whose sum of products fits 32 bits; a multiple of what the loops take at once.
inline constexpr std::int32_t chunk_taps = 256;

/// Requantization of the channels of one 16x8 layer; the pointers are those of the kernel's operands.
struct WideChannelRequantizer {
  const std::int32_t* bias;  ///< null for zeros
  const std::int32_t* multipliers;
  const std::int32_t* shifts;
  std::int32_t output_min, output_max;

  std::int64_t start(std::int32_t channel) const noexcept { return bias != nullptr ? bias[channel] : 0; }
  /// `sum` has the bias.
  std::int16_t apply(std::int32_t channel, std::int64_t sum) const noexcept {
    return numerics::requantize_to_int16(sum, multipliers[channel], shifts[channel], output_min, output_max);
  }
};

/// sums[n] = dot of `length` values with row n of w; length is at most chunk_taps.
template <int Rows>
inline void sum_chunk(const std::int16_t* x, const std::int8_t* w, std::int32_t row_stride, std::int32_t length,
                      std::uint32_t (&sums)[Rows]) noexcept {
  for (std::uint32_t& sum : sums) sum = 0;
  std::int32_t done = 0;
#if PUDU_USES_SMLAD
  if constexpr (Rows == 4) {
    done = length & ~3;
    if (done > 0) accumulate_four_rows(x, 0, w, row_stride, done, sums);
  }
#endif
  accumulate_dots(x + done, 0, w + done, row_stride, length - done, sums, std::make_index_sequence<Rows>{});
}

/// Output channels [channel, channel + Rows) of one position.
template <int Rows>
inline void write_wide_block(const std::int16_t* x, const std::int8_t* w, std::int32_t row_stride, std::int32_t length,
                             const WideChannelRequantizer& requantizer, std::int32_t channel,
                             std::int16_t* output) noexcept {
  std::int64_t totals[Rows];
  for (int n = 0; n < Rows; ++n) totals[n] = requantizer.start(channel + n);
  for (std::int32_t done = 0; done < length; done += chunk_taps) {
    const std::int32_t left = length - done;
    std::uint32_t sums[Rows];
    sum_chunk(x + done, w + done, row_stride, left < chunk_taps ? left : chunk_taps, sums);
    for (int n = 0; n < Rows; ++n) totals[n] += static_cast<std::int32_t>(sums[n]);
  }
  for (int n = 0; n < Rows; ++n) output[channel + n] = requantizer.apply(channel + n, totals[n]);
}

/// Output channels [begin, end) of one position: dots of `x` with the weight rows `w + channel * row_stride`.
inline void write_wide_channels(const std::int16_t* x, const std::int8_t* w, std::int32_t row_stride,
                                std::int32_t length, const WideChannelRequantizer& requantizer, std::int32_t begin,
                                std::int32_t end, std::int16_t* output) noexcept {
  std::int32_t channel = begin;
  for (; channel + channel_block <= end; channel += channel_block) {
    write_wide_block<channel_block>(x, w + channel * row_stride, row_stride, length, requantizer, channel, output);
  }
  for (; channel < end; ++channel) {
    write_wide_block<1>(x, w + channel * row_stride, row_stride, length, requantizer, channel, output);
  }
}

}  // namespace pudu::kernels
