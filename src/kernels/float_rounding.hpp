// Rounding of float32 to integers in integer code: the same bits on a host, a core without FPU and a core with fused
// multiply-add, whatever the compiler's contraction and the rounding mode of conversions. Shared by the quantizing
// kernels.
#pragma once

#include <cstdint>
#include <cstring>

namespace pudu::kernels {

enum class Ties : std::uint8_t { ToEven, AwayFromZero };

/// Nearest integer; magnitudes of 2^22 and more become 2^22, NaN becomes 0.
template <Ties ties>
inline std::int32_t round_saturated(float value) noexcept {
  constexpr std::int32_t limit = 1 << 22;
  std::uint32_t bits = 0;
  static_assert(sizeof bits == sizeof value, "float is IEEE 754 binary32");
  std::memcpy(&bits, &value, sizeof bits);
  const std::uint32_t exponent = (bits >> 23) & 0xff;
  const std::uint32_t fraction = bits & 0x7fffff;
  if (exponent == 0xff && fraction != 0) return 0;
  std::int32_t magnitude = 0;
  if (exponent >= 127 + 22) {
    magnitude = limit;
  } else if (exponent >= 126) {  // at least one half
    const std::uint32_t significand = fraction | 0x800000;
    const std::uint32_t shift = 150 - exponent;  // value = significand * 2^-shift, shift in [2, 24]
    const std::uint32_t remainder = significand & ((std::uint32_t{1} << shift) - 1);
    const std::uint32_t half = std::uint32_t{1} << (shift - 1);
    const std::uint32_t whole = significand >> shift;
    const bool rounds_up = remainder > half || (remainder == half && (ties == Ties::AwayFromZero || (whole & 1) != 0));
    magnitude = static_cast<std::int32_t>(whole + (rounds_up ? 1 : 0));
  }
  return (bits >> 31) != 0 ? -magnitude : magnitude;
}

inline std::int32_t round_half_even_saturated(float value) noexcept {
  return round_saturated<Ties::ToEven>(value);
}

inline std::int32_t round_half_away_saturated(float value) noexcept {
  return round_saturated<Ties::AwayFromZero>(value);
}

}  // namespace pudu::kernels
