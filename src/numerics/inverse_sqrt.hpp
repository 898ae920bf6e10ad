// Inverse square root of an integer as a fixed-point multiplier, by Newton's iteration in integers: the same bits on
// the host and on every core. Freestanding C++17.
#pragma once

#include <cstdint>

namespace pudu::numerics {

/// 1 / sqrt(value) = multiplier * 2^(shift - 31).
struct InverseSqrt {
  std::int32_t multiplier;  ///< Q0.31 in [2^30, 2^31)
  std::int32_t shift;       ///< in [-31, 0]
};

/// floor(a * b / 2^32)
constexpr std::uint32_t high_product(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::uint32_t>((static_cast<std::uint64_t>(a) * b) >> 32);
}

/// Of 0 it is that of 1. The value is brought to m = value / 2^(2 h) in [1/4, 1), truncated to 32 bits; then
///   y = 2.2133 - 1.3333 m, four times y = y (3 - m y^2) / 2
/// with y in Q2.30 is 1 / sqrt(m) within 2^-28 (each step squares the relative error of 0.1 and halves it three times),
/// and 1 / sqrt(value) = y / 2^h.
constexpr InverseSqrt inverse_sqrt(std::uint64_t value) noexcept {
  if (value == 0) value = 1;
  std::int32_t half_exponent = 32;
  while ((value >> 62) == 0) {
    value <<= 2;
    --half_exponent;
  }
  const auto m = static_cast<std::uint32_t>(value >> 32);  // Q0.32
  constexpr std::uint32_t start = 2376484521u;             // 2.2133 in Q2.30
  constexpr std::uint32_t slope = 1431655765u;             // 4/3 in Q2.30
  std::uint32_t y = start - high_product(slope, m);        // Q2.30
  for (int step = 0; step < 4; ++step) {
    const std::uint32_t square = high_product(y, y);        // y^2 in Q4.28
    const std::uint32_t product = high_product(square, m);  // m y^2 in Q4.28, about 1
    const std::uint32_t factor = (3u << 28) - product;      // Q4.28, about 2
    y = static_cast<std::uint32_t>((static_cast<std::uint64_t>(y) * factor) >> 29);
  }
  // y is in (1, 2]: as Q0.31 it is twice that of the multiplier.
  const std::uint32_t bounded = y > 0x7fffffffu ? 0x7fffffffu : (y < 0x40000000u ? 0x40000000u : y);
  return {static_cast<std::int32_t>(bounded), 1 - half_exponent};
}

}  // namespace pudu::numerics
