// Tests only: random parameters of 16x8 layers, and the plain arithmetic to check them with.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/testing/reference.hpp"

namespace pudu::kernels::testing {

/// Biases, multipliers and shifts of `channels` output channels, for accumulators of about `taps` products of 2^20,
/// shifted by so many `more_bits` to the left.
inline ChannelParameters random_wide_channels(Random& random, std::int32_t channels, std::int32_t taps,
                                              std::int32_t more_bits = 0) {
  ChannelParameters result;
  int typical_shift = -6 + more_bits;
  for (std::int32_t n = 1; n < taps; n *= 4) --typical_shift;
  for (std::int32_t c = 0; c < channels; ++c) {
    result.bias.push_back(random.one_in(6) ? random.between(INT32_MIN, INT32_MAX) : random.between(-2000000, 2000000));
    result.multipliers.push_back(random.multiplier());
    result.shifts.push_back(random.one_in(8) ? random.between(-31, 14) : typical_shift + random.between(-2, 2));
  }
  return result;
}

/// Bounds of int16 codes, the full range half of the time.
inline Clamp random_wide_clamp(Random& random) {
  if (random.one_in(2)) return {-32768, 32767};
  const std::int32_t low = random.between(-32768, 32767);
  return {low, random.between(low, 32767)};
}

/// The formula of numerics/requantize_wide.hpp as CMSIS-NN writes it, in 128 bits.
inline std::int16_t reference_wide_output(std::int64_t sum, std::int32_t multiplier, std::int32_t shift,
                                          std::int32_t low, std::int32_t high) {
  __extension__ using Int128 = __int128;
  const Int128 reduced = multiplier < 0x7FFF0000 ? (multiplier + (1 << 15)) >> 16 : 0x7FFF;
  const int total = 15 - shift;
  const Int128 rounded = sum * reduced + (Int128{1} << (total - 1)), divisor = Int128{1} << total;
  Int128 quotient = rounded / divisor;
  if (quotient * divisor > rounded) --quotient;
  return static_cast<std::int16_t>(std::clamp<Int128>(quotient, low, high));
}

}  // namespace pudu::kernels::testing
