// Integer arithmetic of the operators, written once more for the tests in 64 bits and straight from docs/arithmetic.md,
// so that it shares no line with what it checks.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace pudu::ops::testing {

/// A factor as multiplier * 2^(shift - 31): QM of the sheet.
inline std::pair<std::int64_t, int> fixed_point(double real) {
  if (real == 0.0) return {0, 0};
  int shift = 0;
  const double mantissa = std::frexp(real, &shift);
  auto multiplier = static_cast<std::int64_t>(std::nearbyint(mantissa * 2147483648.0));
  if (multiplier == std::int64_t{1} << 31) {
    multiplier /= 2;
    ++shift;
  }
  return {multiplier, shift};
}

inline std::int64_t floor_divide(std::int64_t value, std::int64_t divisor) {
  const std::int64_t quotient = value / divisor;
  return value % divisor < 0 ? quotient - 1 : quotient;
}

/// REQ of the sheet: doubled product rounded to nearest, then a division that rounds ties away from zero.
inline std::int64_t rescale(std::int64_t value, std::pair<std::int64_t, int> factor) {
  const auto [multiplier, shift] = factor;
  const std::int64_t scaled = value * (std::int64_t{1} << std::max(shift, 0)) * multiplier;
  const std::int64_t high = floor_divide(scaled + (std::int64_t{1} << 30), std::int64_t{1} << 31);
  const int right = std::max(-shift, 0);
  if (right == 0) return high;
  const std::int64_t divisor = std::int64_t{1} << right;
  const std::int64_t magnitude = (std::abs(high) + divisor / 2) / divisor;
  return high < 0 ? -magnitude : magnitude;
}

}  // namespace pudu::ops::testing
