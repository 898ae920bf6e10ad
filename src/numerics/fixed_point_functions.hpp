// Logistic function and hyperbolic tangent of 16-bit fixed-point numbers, bit for bit as TensorFlow Lite's recurrent
// layers compute them. The formulas are those of gemmlowp's fixedpoint.h: an exponential from a fourth-order Taylor
// polynomial around -1/8 and a product of constants e^(-2^k), then three Newton-Raphson steps of a division. Every
// product is rounded to nearest and every sum wraps, as there. Freestanding C++17, constexpr.
//
// "Qi.f" below is a number of i integer bits and f fraction bits beside its sign, i + f = 15.
#pragma once

#include <cstdint>

#include "numerics/requantize.hpp"

namespace pudu::numerics {
namespace fixed16 {

constexpr std::int16_t wrap(std::int32_t value) noexcept {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(static_cast<std::uint32_t>(value)));
}
constexpr std::int16_t saturate(std::int32_t value) noexcept {
  return static_cast<std::int16_t>(clamp(value, INT16_MIN, INT16_MAX));
}

/// a * b / 2^15, ties away from zero; -1 * -1 saturates.
constexpr std::int16_t multiply(std::int16_t a, std::int16_t b) noexcept {
  const std::int32_t product = std::int32_t{a} * b;
  return saturate((product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));
}

constexpr std::int16_t shift_left(std::int16_t value, int bits) noexcept {
  return saturate(static_cast<std::int32_t>(value) * (1 << bits));
}

/// e^a of a in [-1/4, 0), both Q0.15.
constexpr std::int16_t exp_of_quarter(std::int16_t a) noexcept {
  constexpr std::int16_t exp_of_minus_eighth = 28918;  // e^(-1/8)
  constexpr std::int16_t third = 10923;
  const std::int16_t x = wrap(a + (1 << 12));
  const std::int16_t x2 = multiply(x, x);
  const std::int16_t x3 = multiply(x2, x);
  const std::int16_t x4 = multiply(x2, x2);
  const auto quarter_of_x4 = static_cast<std::int16_t>(rounding_divide_by_power_of_two(x4, 2));
  const std::int16_t sum = wrap(multiply(wrap(quarter_of_x4 + x3), third) + x2);
  const std::int32_t higher_terms = rounding_divide_by_power_of_two(sum, 1);
  return saturate(exp_of_minus_eighth + multiply(exp_of_minus_eighth, wrap(x + higher_terms)));
}

/// e^a in Q0.15 of a <= 0 with `integer_bits` (0 to 7) integer bits.
constexpr std::int16_t exp_of_negative(std::int16_t a, int integer_bits) noexcept {
  if (a == 0) return INT16_MAX;
  if (integer_bits > 5 && a < -(1 << (20 - integer_bits))) return 0;  // below -32
  const int fraction_bits = 15 - integer_bits;
  const std::int32_t quarter = 1 << (fraction_bits - 2);
  const std::int16_t last_quarter = wrap((a & (quarter - 1)) - quarter);
  std::int16_t result = exp_of_quarter(shift_left(last_quarter, integer_bits));
  // e^(-2^k) for k = -2, -1, ..., 4
  constexpr std::int16_t factors[] = {25520, 19875, 12055, 4435, 600, 11, 0};
  const std::int32_t quarters = wrap(last_quarter - a);
  for (int k = -2; k < integer_bits && k <= 4; ++k) {
    if ((quarters & (1 << (fraction_bits + k))) != 0) result = multiply(result, factors[k + 2]);
  }
  return result;
}

/// 1 / ((1 + a) / 2) in Q2.13 of a in [0, 1], which is Q0.15.
constexpr std::int16_t reciprocal_of_mean_with_one(std::int16_t a) noexcept {
  constexpr std::int16_t one = 1 << 13;
  const auto half_denominator = static_cast<std::int16_t>((a + INT16_MAX + 1) / 2);
  std::int16_t x = wrap(23130 + multiply(half_denominator, -15420));  // 48 / 17 and -32 / 17
  for (int i = 0; i < 3; ++i) {
    const std::int16_t error = wrap(one - multiply(half_denominator, x));
    x = wrap(x + shift_left(multiply(x, error), 2));
  }
  return x;
}

/// x itself when it is negative, else -x: -32768 has no opposite.
constexpr std::int16_t negative_magnitude(std::int16_t x) noexcept {
  return x < 0 ? x : static_cast<std::int16_t>(-x);
}

}  // namespace fixed16

/// 1 / (1 + e^-x) in Q0.15 of x in Q3.12.
constexpr std::int16_t logistic_q3_12(std::int16_t x) noexcept {
  if (x == 0) return 1 << 14;
  const std::int16_t exponential = fixed16::exp_of_negative(fixed16::negative_magnitude(x), 3);
  const std::int16_t positive = fixed16::shift_left(fixed16::reciprocal_of_mean_with_one(exponential), 1);
  return x > 0 ? positive : static_cast<std::int16_t>(INT16_MAX - positive);
}

/// tanh(x) in Q0.15 of x with `integer_bits` (0 to 6) integer bits.
constexpr std::int16_t tanh_fixed16(std::int16_t x, int integer_bits) noexcept {
  if (x == 0) return 0;
  // e^-2|x|: the same bits with one integer bit more.
  const std::int16_t exponential = fixed16::exp_of_negative(fixed16::negative_magnitude(x), integer_bits + 1);
  const std::int16_t reciprocal = fixed16::reciprocal_of_mean_with_one(exponential);
  const std::int16_t positive = fixed16::shift_left(fixed16::wrap(reciprocal - (1 << 13)), 2);
  return x > 0 ? positive : static_cast<std::int16_t>(-positive);
}

}  // namespace pudu::numerics
