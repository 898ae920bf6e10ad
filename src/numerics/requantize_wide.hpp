// Requantization of 64-bit accumulators, as the 16x8 operators of TensorFlow Lite Micro and CMSIS-NN have it
// (MultiplyByQuantizedMultiplier of an int64, arm_nn_requantize_s64): the multiplier is rounded to 16 bits, and the
// product is rounded once, half up. Freestanding C++17, constexpr. Limits: shift in [-31, 14]; |accumulator| < 2^47, so
// that products fit 64 bits.
#pragma once

#include <cstdint>

namespace pudu::numerics {

/// Largest shift to the left.
inline constexpr std::int32_t largest_wide_shift = 14;

/// Largest shift for requantize_narrow.
inline constexpr std::int32_t largest_narrow_shift = -2;

/// A Q0.31 multiplier in [0, 2^31) as Q0.15, rounded half up, at most 2^15 - 1.
constexpr std::int32_t reduce_multiplier(std::int32_t multiplier) noexcept {
  return multiplier < 0x7FFF0000 ? (multiplier + 0x8000) >> 16 : 0x7FFF;
}

/// x * reduced * 2^(shift - 15), rounded half up: (x * reduced + 2^(14 - shift)) >> (15 - shift).
constexpr std::int64_t requantize_wide(std::int64_t x, std::int32_t reduced, std::int32_t shift) noexcept {
  // floor((p + 2^n) / 2^(n + 1)) is floor((floor(p / 2^n) + 1) / 2): no constant of 64 bits is needed.
  return (((x * reduced) >> (14 - shift)) + 1) >> 1;
}

/// floor(x * reduced / 2^16) for reduced in [0, 2^15): the high half of one product, or two products where a core has
/// none of 64 bits.
constexpr std::int32_t high_product(std::int32_t x, std::int32_t reduced) noexcept {
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1
  return (x >> 16) * reduced +
         static_cast<std::int32_t>((static_cast<std::uint32_t>(x) & 0xFFFFU) * static_cast<std::uint32_t>(reduced) >>
                                   16);
#else
  return static_cast<std::int32_t>((static_cast<std::int64_t>(x) * (reduced << 16)) >> 32);
#endif
}

/// requantize_wide in 32 bits, for sums that they hold and shift in [-31, largest_narrow_shift]: all of a product's
/// bits that decide lie in its part above 2^16.
constexpr std::int32_t requantize_narrow(std::int32_t x, std::int32_t reduced, std::int32_t shift) noexcept {
  return ((high_product(x, reduced) >> (-2 - shift)) + 1) >> 1;
}

/// requantize_wide and the output's zero point, clamped to [low, high], both codes; `multiplier` is Q0.31.
constexpr std::int32_t requantize_to_codes(std::int64_t x, std::int32_t multiplier, std::int32_t shift,
                                           std::int32_t zero_point, std::int32_t low, std::int32_t high) noexcept {
  const std::int32_t reduced = reduce_multiplier(multiplier);
  const auto narrow = static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::uint64_t>(x)));
  if (narrow == x && shift <= largest_narrow_shift) {
    const std::int32_t y = requantize_narrow(narrow, reduced, shift) + zero_point;
    return y < low ? low : (y > high ? high : y);
  }
  const std::int64_t y = requantize_wide(x, reduced, shift) + zero_point;
  return static_cast<std::int32_t>(y < low ? low : (y > high ? high : y));
}

}  // namespace pudu::numerics
