// The sums of the slides of depthwise_conv2d_dsp_s8 in portable code: those of one channel of a group at position i.
#pragma once

#include "kernels/depthwise_conv2d_dsp/columns.hpp"

namespace pudu::kernels::depthwise_conv2d_dsp {

constexpr std::int32_t low_half(std::int32_t word) noexcept {
  return static_cast<std::int16_t>(static_cast<std::uint32_t>(word) & 0xFFFFU);
}
constexpr std::int32_t high_half(std::int32_t word) noexcept {
  return word >> 16;
}
/// Sums wrap as SMLAD's do: 16-bit words of weights and of values may be anything.
constexpr std::uint32_t product(std::int32_t a, std::int32_t b) noexcept {
  return static_cast<std::uint32_t>(a * b);
}
constexpr std::uint32_t dual_product(std::int32_t a, std::int32_t b) noexcept {
  return product(low_half(a), low_half(b)) + product(high_half(a), high_half(b));
}

/// Column [4 channels, 2 words]; weights (0, 1), (1, 2) of each step.
constexpr void sum_two_rows(const SlideGroup& group, std::int32_t channel, std::int32_t i,
                            std::int32_t (&sums)[2]) noexcept {
  std::uint32_t first = 0, second = 0;
  for (std::int32_t step = 0; step < 3; ++step) {
    const std::int32_t* rows = group.columns + 8 * (i + step) + 2 * channel;
    const std::int32_t* w = group.weights + channel * weight_words + 2 * step;
    first += dual_product(w[0], rows[0]) + product(high_half(w[1]), low_half(rows[1]));
    second += product(low_half(w[0]), high_half(rows[0])) + dual_product(w[1], rows[1]);
  }
  sums[0] = static_cast<std::int32_t>(first), sums[1] = static_cast<std::int32_t>(second);
}

/// One row; weights (0, 1) of the three steps, row 2 of the first two, of the third.
constexpr std::int32_t sum_one_row(const SlideGroup& group, std::int32_t channel, std::int32_t i) noexcept {
  const std::int32_t* w = group.weights + channel * weight_words;
  const std::int32_t* c = group.columns + 8 * i + 2 * channel;
  return static_cast<std::int32_t>(dual_product(w[0], c[0]) + dual_product(w[1], c[8]) + dual_product(w[2], c[16]) +
                                   product(low_half(w[3]), low_half(c[1])) + product(high_half(w[3]), low_half(c[9])) +
                                   product(low_half(w[4]), low_half(c[17])));
}

/// Pair of columns [3 words, 4 channels]; weights (0, 1) of the three steps, row 2 of the first two, of the third.
constexpr std::int32_t sum_stride2(const SlideGroup& group, std::int32_t channel, std::int32_t i) noexcept {
  const std::int32_t* w = group.weights + channel * weight_words;
  const std::int32_t* here = group.columns + 12 * i + channel;
  const std::int32_t* next = here + 12;
  return static_cast<std::int32_t>(dual_product(w[0], here[0]) + dual_product(w[1], here[4]) +
                                   dual_product(w[3], here[8]) + dual_product(w[2], next[0]) +
                                   product(low_half(w[4]), low_half(next[8])));
}

}  // namespace pudu::kernels::depthwise_conv2d_dsp
