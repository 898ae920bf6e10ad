// Host-side maths of quantization parameters: real factors to fixed point, real values to int8 codes.
// The compiler computes these once; a device only sees the integers. Formulas are those of docs/arithmetic.md,
// evaluated in double from scales that were float32, so that every host gets the same integers. No function has
// undefined behaviour for any argument; NaN counts as zero.
#pragma once

#include <cmath>
#include <cstdint>

#include "numerics/requantize.hpp"

namespace pudu::numerics {

/// real = multiplier * 2^(shift - 31): what `requantize` takes.
struct FixedPointMultiplier {
  std::int32_t multiplier;  ///< Q0.31 in [2^30, 2^31), or 0
  std::int32_t shift;       ///< in [-31, 30], positive shifts left

  friend constexpr bool operator==(const FixedPointMultiplier& a, const FixedPointMultiplier& b) noexcept {
    return a.multiplier == b.multiplier && a.shift == b.shift;
  }
  friend constexpr bool operator!=(const FixedPointMultiplier& a, const FixedPointMultiplier& b) noexcept {
    return !(a == b);
  }
};

/// Nearest integer, ties to even, whatever the rounding mode of the process.
inline double round_half_even(double value) noexcept {
  const double below = std::floor(value);
  const double above_by = value - below;
  if (above_by < 0.5) return below;
  if (above_by > 0.5) return below + 1.0;
  return std::fmod(below, 2.0) == 0.0 ? below : below + 1.0;
}

/// Nearest integer, ties away from zero (entries of look-up tables).
inline double round_half_away(double value) noexcept {
  return value < 0.0 ? -std::floor(-value + 0.5) : std::floor(value + 0.5);
}

/// Clamps in the real domain, so that infinities saturate; NaN gives the bound nearest to zero.
inline std::int32_t clamp_to_int32(double value, std::int32_t low, std::int32_t high) noexcept {
  if (std::isnan(value)) return clamp(0, low, high);
  if (value <= low) return low;
  return value >= high ? high : static_cast<std::int32_t>(value);
}

/// (m, e) = frexp(real), multiplier = round_half_even(m * 2^31). Factors too small for a shift of -31 and all that are
/// not positive give {0, 0}; factors too large for a shift of 30 saturate.
inline FixedPointMultiplier quantize_multiplier(double real) noexcept {
  if (!(real > 0.0)) return {0, 0};
  int exponent = 0;
  const double mantissa = std::isinf(real) ? (exponent = 31, 0.5) : std::frexp(real, &exponent);
  auto multiplier = static_cast<std::int64_t>(round_half_even(mantissa * 2147483648.0));
  if (multiplier == std::int64_t{1} << 31) {
    multiplier /= 2;
    ++exponent;
  }
  if (exponent < -31) return {0, 0};
  if (exponent > 30) return {INT32_MAX, 30};
  return {static_cast<std::int32_t>(multiplier), exponent};
}

/// Factor from an accumulator of a convolution, linear layer or multiplication to its output: s1 * s2 / s_out.
inline FixedPointMultiplier product_scaling(double scale1, double scale2, double output_scale) noexcept {
  return quantize_multiplier(scale1 * scale2 / output_scale);
}

/// What AddS8 takes. Both inputs are brought to the common scale S = 2 * max(s1, s2) with `left_shift` extra bits.
struct AddScaling {
  FixedPointMultiplier input1;  ///< s1 / S
  FixedPointMultiplier input2;  ///< s2 / S
  FixedPointMultiplier output;  ///< S / (s_out * 2^left_shift)
};

inline AddScaling add_scaling(double scale1, double scale2, double output_scale, int left_shift = 20) noexcept {
  const double common = 2.0 * (scale1 > scale2 ? scale1 : scale2);
  return {quantize_multiplier(scale1 / common), quantize_multiplier(scale2 / common),
          quantize_multiplier(common / (output_scale * std::ldexp(1.0, left_shift)))};
}

/// What SoftmaxS8 takes: differences of codes become Q5.26 numbers, those below diff_min count as exp(-inf).
struct SoftmaxScaling {
  std::int32_t multiplier;
  std::int32_t shift;     ///< in [0, 31]
  std::int32_t diff_min;  ///< at most 0
};

/// real = min(s_in * 2^26, 2^31 - 1); (multiplier, shift) = quantize_multiplier(real); diff_min = -floor(31 * 2^26 /
/// 2^shift). Scales below 2^-27 would need a shift right: they keep shift 0 and a smaller multiplier instead.
inline SoftmaxScaling softmax_scaling(double input_scale) noexcept {
  const double scaled = input_scale * 67108864.0;
  const double real = scaled > 2147483647.0 ? 2147483647.0 : scaled;
  SoftmaxScaling result{0, 0, 0};
  if (!(real > 0.0)) {
    result.diff_min = -(31 << 26);
    return result;
  }
  int exponent = 0;
  const double mantissa = std::frexp(real, &exponent);
  const int shift = exponent > 0 ? exponent : 0;
  // At most 2^31 - 1: the mantissa of the largest real is exact and a smaller one may round up to a power of two.
  double multiplier = round_half_even(std::ldexp(mantissa, 31 + exponent - shift));
  result.shift = shift;
  if (multiplier >= 2147483648.0) {
    multiplier = 1073741824.0;
    ++result.shift;
  }
  result.multiplier = static_cast<std::int32_t>(multiplier);
  result.diff_min = -static_cast<std::int32_t>((std::int64_t{31} << 26) >> result.shift);
  return result;
}

/// Code of a real value: value / scale + zero_point in double, narrowed to float32, rounded half to even, clamped.
/// For clamp bounds and pad values; the narrowing is the dialect's and decides ties.
inline std::int32_t quantize_value(double value, double scale, std::int32_t zero_point, std::int32_t quant_min,
                                   std::int32_t quant_max) noexcept {
  const double code = value / scale + zero_point;
  if (std::isnan(code)) return clamp(zero_point, quant_min, quant_max);
  return clamp_to_int32(round_half_even(static_cast<double>(static_cast<float>(code))), quant_min, quant_max);
}

/// Entry of a look-up table: real value to code, ties away from zero.
inline std::int8_t quantize_table_entry(double value, double scale, std::int32_t zero_point) noexcept {
  const double code = value / scale + zero_point;
  if (std::isnan(code)) return static_cast<std::int8_t>(clamp(zero_point, -128, 127));
  return static_cast<std::int8_t>(clamp_to_int32(round_half_away(code), -128, 127));
}

}  // namespace pudu::numerics
