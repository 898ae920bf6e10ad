// Binary logarithm of an integer in fixed point, bit by bit: the same on the host and on every core. Freestanding
// C++17.
#pragma once

#include <cstdint>

namespace pudu::numerics {

inline constexpr int log2_fraction_bits = 20;

/// floor-like log2(value) in Q6.20, within 2^-19 below the exact one; of 0 it is that of 1. The leading bit gives the
/// integer part; the mantissa in [1, 2), truncated to Q1.31, is squared once for each bit of the fraction.
constexpr std::int32_t log2_q20(std::uint64_t value) noexcept {
  if (value == 0) return 0;
  std::int32_t exponent = 63;
  while ((value >> 63) == 0) {
    value <<= 1;
    --exponent;
  }
  auto mantissa = static_cast<std::uint32_t>(value >> 32);
  std::int32_t fraction = 0;
  for (int bit = 0; bit < log2_fraction_bits; ++bit) {
    const std::uint64_t square = static_cast<std::uint64_t>(mantissa) * mantissa;  // Q2.62
    const bool reaches_two = (square >> 63) != 0;
    mantissa = static_cast<std::uint32_t>(square >> (reaches_two ? 32 : 31));
    fraction = fraction * 2 + (reaches_two ? 1 : 0);
  }
  return (exponent << log2_fraction_bits) + fraction;
}

}  // namespace pudu::numerics
