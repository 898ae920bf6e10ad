// Integer arithmetic of the int8 operators: the same on the host, on every core and in the reference implementations.
// Formulas are those of the cortex_m operator dialect (docs/arithmetic.md), which doubles, rounds to nearest and then
// shifts with ties away from zero. Freestanding C++17, constexpr, no undefined behaviour for any input.
#pragma once

#include <cstdint>

namespace pudu::numerics {

/// Two's complement wrap of a 64-bit value to 32 bits.
constexpr std::int32_t wrap_to_int32(std::int64_t value) noexcept {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::uint64_t>(value)));
}

/// RDHM(a, b) = floor((a*b + 2^30) / 2^31): high half of the doubled product, rounded to nearest.
constexpr std::int32_t rounding_doubling_high_multiply(std::int32_t a, std::int32_t b) noexcept {
  return wrap_to_int32((static_cast<std::int64_t>(a) * b + (std::int64_t{1} << 30)) >> 31);
}

/// As rounding_doubling_high_multiply, but -2^31 * -2^31 saturates to 2^31 - 1.
constexpr std::int32_t saturating_rounding_doubling_high_multiply(std::int32_t a, std::int32_t b) noexcept {
  return (a == INT32_MIN && b == INT32_MIN) ? INT32_MAX : rounding_doubling_high_multiply(a, b);
}

/// RDP(x, e): x / 2^e rounded to nearest, ties away from zero; e in [0, 31]. In 32 bits, because a core without a
/// barrel shifter for 64 bits would call a library routine.
constexpr std::int32_t rounding_divide_by_power_of_two(std::int32_t x, int exponent) noexcept {
  const std::uint32_t mask = (std::uint32_t{1} << exponent) - 1;
  const std::uint32_t remainder = static_cast<std::uint32_t>(x) & mask;
  const std::uint32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
  return (x >> exponent) + (remainder > threshold ? 1 : 0);
}

/// x * 2^bits with two's complement wrap; bits in [0, 31].
constexpr std::int32_t wrapping_shift_left(std::int32_t x, int bits) noexcept {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(x) << bits);
}

/// a + b with two's complement wrap.
constexpr std::int32_t wrapping_add(std::int32_t a, std::int32_t b) noexcept {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

/// RDP(x, n + 1) for x in [-2^31 + 1, 2^31 - 2], which every product with a Q0.31 multiplier is: 1 is taken from
/// negative values, and rounding half up then sends their ties away from zero. Four instructions on most cores. Other
/// values wrap.
constexpr std::int32_t halve_after_shift(std::int32_t x, int n) noexcept {
  return wrapping_add(wrapping_add(x, x >> 31) >> n, 1) >> 1;
}

/// REQ(x, m, s) = RDP(RDHM(wrap32(x * 2^max(s,0)), m), max(-s,0)): scales an accumulator by m * 2^(s-31).
/// `multiplier` is Q0.31 in [2^30, 2^31) or 0; `shift` in [-31, 30], positive shifts left.
constexpr std::int32_t requantize(std::int32_t x, std::int32_t multiplier, std::int32_t shift) noexcept {
  if (shift >= 0) return rounding_doubling_high_multiply(wrapping_shift_left(x, shift), multiplier);
  return halve_after_shift(rounding_doubling_high_multiply(x, multiplier), -1 - shift);
}

constexpr std::int32_t clamp(std::int32_t value, std::int32_t low, std::int32_t high) noexcept {
  return value < low ? low : (value > high ? high : value);
}

/// requantize, add the output zero point, clamp to [low, high]; all three within int8.
constexpr std::int8_t requantize_to_int8(std::int32_t accumulator, std::int32_t multiplier, std::int32_t shift,
                                         std::int32_t zero_point, std::int32_t low, std::int32_t high) noexcept {
  const std::int32_t scaled = requantize(accumulator, multiplier, shift);
  // Clamped before the zero point is added: a sum of two int32 values could wrap, and int8 bounds minus an int8 zero
  // point cannot.
  return static_cast<std::int8_t>(clamp(scaled, low - zero_point, high - zero_point) + zero_point);
}

}  // namespace pudu::numerics
