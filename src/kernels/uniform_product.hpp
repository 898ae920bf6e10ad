// Inner products of one input vector with rows of another matrix, both with an offset, all rows requantized by one
// multiplier: linear layers with a per-tensor scale, and batched matrix products.
//   sum_k (x[k] + x_offset) * (w[n, k] + w_offset) = sum_k (x[k] + x_offset) * w[n, k] + w_offset * sum_k (x[k] +
//   x_offset)
// so that the inner loop is that of dot_product.hpp and the second term is computed once per vector. Sums wrap in 32
// bits.
#pragma once

#include "kernels/dot_product.hpp"

namespace pudu::kernels {

/// Requantization that all rows share.
struct UniformRequantizer {
  const std::int32_t* bias;  ///< a row's start, or null for zeros
  std::int32_t multiplier, shift;
  std::int32_t output_offset, activation_min, activation_max;

  std::int8_t apply(std::int32_t row, std::uint32_t sum) const noexcept {
    const std::uint32_t start = bias != nullptr ? static_cast<std::uint32_t>(bias[row]) : 0;
    return numerics::requantize_to_int8(static_cast<std::int32_t>(sum + start), multiplier, shift, output_offset,
                                        activation_min, activation_max);
  }
};

/// output[n] for the `count` rows `w + n * length`.
inline void write_uniform_products(const std::int8_t* x, std::int32_t x_offset, const std::int8_t* w,
                                   std::int32_t w_offset, std::int32_t length, const UniformRequantizer& requantizer,
                                   std::int32_t count, std::int8_t* output) noexcept {
  std::uint32_t start = 0;
  if (w_offset != 0) {
    for (std::int32_t k = 0; k < length; ++k) start += static_cast<std::uint32_t>(x[k] + x_offset);
    start *= static_cast<std::uint32_t>(w_offset);
  }
  std::int32_t row = 0;
  for (; row + channel_block <= count; row += channel_block, w += channel_block * length) {
    std::uint32_t sums[channel_block];
    for (std::uint32_t& sum : sums) sum = start;
    accumulate_dots(x, x_offset, w, length, length, sums, std::make_index_sequence<channel_block>{});
    for (int n = 0; n < channel_block; ++n) output[row + n] = requantizer.apply(row + n, sums[n]);
  }
  for (; row < count; ++row, w += length) {
    std::uint32_t sum[1] = {start};
    accumulate_dots(x, x_offset, w, length, length, sum, std::make_index_sequence<1>{});
    output[row] = requantizer.apply(row, sum[0]);
  }
}

}  // namespace pudu::kernels
