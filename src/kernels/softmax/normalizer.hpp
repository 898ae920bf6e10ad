// What the softmax kernels share: constants of the exponential, and the normalizer of a row. Formulas:
// docs/arithmetic.md, "Softmax".
#pragma once

#include <cstdint>

#include "numerics/requantize.hpp"

namespace pudu::kernels::softmax {

using numerics::rounding_divide_by_power_of_two;
using numerics::wrapping_add;
inline constexpr auto multiply = numerics::saturating_rounding_doubling_high_multiply;

/// Integer bits left of the binary point in the sum of exponentials (Q12.19).
inline constexpr int sum_integer_bits = 12;

/// value * 2^bits, saturated to int32.
constexpr std::int32_t saturating_shift_left(std::int32_t value, int bits) noexcept {
  const std::int32_t threshold = (std::int32_t{1} << (31 - bits)) - 1;
  if (value > threshold) return INT32_MAX;
  if (value < -threshold) return INT32_MIN;
  return numerics::wrapping_shift_left(value, bits);
}

// Of exp(a) in Q0.31 of a <= 0 in Q5.26: a Taylor polynomial around -1/8 on (-1/4, 0], then one factor exp(-2^k) per
// bit.
inline constexpr std::int32_t quarter = 1 << 24;
inline constexpr std::int32_t one_third = 715827883;
inline constexpr std::int32_t exp_minus_eighth = 1895147668;
/// exp(-1/4), exp(-1/2), exp(-1), ... exp(-16) in Q0.31
inline constexpr std::int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};

/// 1 / (1 + v) in Q0.31 of v in [0, 1) in Q0.31: three Newton-Raphson steps.
inline std::int32_t reciprocal_of_one_plus(std::int32_t v) noexcept {
  const std::int64_t sum = static_cast<std::int64_t>(v) + INT32_MAX;
  const auto half = static_cast<std::int32_t>((sum + (sum >= 0 ? 1 : -1)) / 2);
  constexpr std::int32_t initial_constant = 1515870810;  // 48 / 17 in Q2.29
  constexpr std::int32_t initial_slope = -1010580540;    // -32 / 17 in Q2.29
  std::int32_t x = wrapping_add(initial_constant, multiply(half, initial_slope));
  for (int step = 0; step < 3; ++step) {
    const std::int32_t error = wrapping_add(1 << 29, -multiply(half, x));
    x = wrapping_add(x, saturating_shift_left(multiply(x, error), 2));
  }
  return saturating_shift_left(x, 1);
}

inline int count_leading_zeros(std::uint32_t value) noexcept {
  int zeros = 32;
  while (value != 0) {
    value >>= 1;
    --zeros;
  }
  return zeros;
}

/// Turns exponentials into codes, once per row.
class RowNormalizer {
 public:
  explicit RowNormalizer(std::uint64_t sum) noexcept : sum_(sum) {
    if (is_large()) return;
    const auto low = static_cast<std::uint32_t>(sum);
    const int zeros = count_leading_zeros(low);
    reciprocal_ = reciprocal_of_one_plus(static_cast<std::int32_t>((low << zeros) - 0x80000000u));
    shift_ = sum_integer_bits + 23 - zeros;
  }

  std::int8_t code(std::int32_t exponential) const noexcept {
    if (is_large()) {
      // 256 * e / sum is at most one half: round that quotient, ties up, instead of shifting by 32 or more.
      const auto e = static_cast<std::uint64_t>(rounding_divide_by_power_of_two(exponential, sum_integer_bits));
      return e * 512 >= sum_ ? -127 : -128;
    }
    const std::int32_t scaled = rounding_divide_by_power_of_two(multiply(reciprocal_, exponential), shift_);
    return static_cast<std::int8_t>(numerics::clamp(scaled - 128, -128, 127));
  }

  bool is_large() const noexcept { return sum_ >= (std::uint64_t{1} << 28); }
  /// Of rows that are not large: codes are exponential * reciprocal in Q0.31, divided by 2^shift, less 128.
  std::int32_t reciprocal() const noexcept { return reciprocal_; }
  int shift() const noexcept { return shift_; }

 private:
  std::uint64_t sum_;
  std::int32_t reciprocal_ = 0;
  int shift_ = 0;
};

}  // namespace pudu::kernels::softmax
