// Forms of the exact requantization for prepared kernels: the same bytes as numerics::requantize_to_int8, in fewer
// instructions, with bias, rounding, output zero point and clamp folded into constants ahead of time. `x` is the plain
// sum of products of codes and weights; the input's zero point is in the bias. requantize_fit.hpp finds the constants.
//
//   Line     ADD v, b, x LSL #8; SMMUL v, v, m; SSAT #8 ASR #shift       3 instructions; fused ReLU whose zero is -128
//   Rounded  ADD v, b, x LSL #1; ADD t, c, v ASR #31; SMMLAR v, v, m, t; ASR e; SSAT #8         5 instructions
//   General  the formula itself, for every multiplier, shift and clamp
//
// Limits: the fit proves that nothing wraps for any input; who makes constants by hand has to.
#pragma once

#include <cstdint>

#include "numerics/requantize.hpp"

namespace pudu::kernels {

/// The number is a parameter of kernels. A form of `Line` has the shift of its last step in its number.
enum class RequantizeForm : std::int32_t { General = 0, Rounded = 1, Line9 = 9, Line11 = 11, Line13 = 13, Line15 = 15 };

/// What a channel's constants mean; words that a form does not have are 0.
struct ChannelConstants {
  std::int32_t bias;        ///< General: added to x; Rounded: doubled; Line: of 256 x
  std::int32_t multiplier;  ///< General, Rounded: Q0.31; Line: of the line
  std::int32_t addend;      ///< Rounded: 2^(e-1) + (zero point << e)
  std::int32_t shift;       ///< General: as numerics::requantize has it; Rounded: e, to the right
};
static_assert(sizeof(ChannelConstants) == 16, "kernels load the constants as words");

/// Zero point and clamp; the other forms have them in their constants.
struct GeneralRequantization {
  std::int32_t output_offset, activation_min, activation_max;
};

constexpr std::int32_t saturate_to_int8(std::int64_t value) noexcept {
  return static_cast<std::int32_t>(value < -128 ? -128 : (value > 127 ? 127 : value));
}

/// What the instructions of a Line form compute.
inline std::int8_t apply_line(RequantizeForm form, std::int32_t bias, std::int32_t multiplier,
                              std::int32_t x) noexcept {
  const std::int32_t v = numerics::wrapping_add(numerics::wrapping_shift_left(x, 8), bias);
  const auto high = static_cast<std::int32_t>((static_cast<std::int64_t>(v) * multiplier) >> 32);
  return static_cast<std::int8_t>(numerics::clamp(high >> static_cast<std::int32_t>(form), -128, 127));
}

/// What the instructions of a form compute.
inline std::int8_t apply_form(RequantizeForm form, const ChannelConstants& channel,
                              const GeneralRequantization& general, std::int32_t x) noexcept {
  if (form == RequantizeForm::General) {
    return numerics::requantize_to_int8(numerics::wrapping_add(x, channel.bias), channel.multiplier, channel.shift,
                                        general.output_offset, general.activation_min, general.activation_max);
  }
  if (form == RequantizeForm::Rounded) {
    const std::int32_t v = numerics::wrapping_add(numerics::wrapping_shift_left(x, 1), channel.bias);
    const std::int64_t t = numerics::wrapping_add(channel.addend, v >> 31);
    const std::int64_t product = static_cast<std::int64_t>(v) * channel.multiplier + (std::int64_t{1} << 31);
    const std::int32_t sum = numerics::wrap_to_int32(t + (product >> 32));
    return static_cast<std::int8_t>(saturate_to_int8(sum >> channel.shift));
  }
  return apply_line(form, channel.bias, channel.multiplier, x);
}

}  // namespace pudu::kernels
