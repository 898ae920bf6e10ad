// Forms of the requantization of wide_layers.hpp for kernels that are prepared for the DSP extension: the same codes
// in one high multiplication, with bias, rounding, output zero point and clamp folded into constants ahead of time.
// The 16-bit multiplier of the formula leaves 16 bits free, so a channel's shift goes into it and the rounding shift is
// that of the instruction:
//
//   int16: ADD v, b, x LSL #k; SMMULR v, v, m; SSAT #16, or USAT #15, or a clamp
//   int8:  ADD v, b, x LSL #k; SMMLA v, v, m, c; SSAT #8, ASR #8
//
// `x` is the plain sum of products of codes and weights; the input's zero point is in the bias. k is 4 for int8 inputs,
// whose scales are large, else 0. wide_fit.hpp finds the constants. Limits: the fit proves that nothing wraps for any
// input; constants that come from elsewhere wrap as the instructions do.
#pragma once

#include <cstdint>

#include "numerics/requantize.hpp"

namespace pudu::kernels {

/// What outputs are clamped to. The number is a parameter of kernels; int8 outputs have Full alone.
enum class WideForm : std::int32_t {
  Full = 1,         ///< all codes
  NonNegative = 2,  ///< [0, 32767]
  Capped = 3        ///< [0, highest]
};

/// A channel's constants, as the kernels load them.
struct WideConstants {
  std::int32_t bias;        ///< of x LSL #k
  std::int32_t multiplier;  ///< m
  std::int32_t addend;      ///< int8: 128 and 256 times the zero point; Capped: 65535 - highest; else 0
  std::int32_t cap;         ///< Capped: 65535 - highest in both halves; else 0
};
static_assert(sizeof(WideConstants) == 16, "kernels load the constants as words");

/// k.
template <class Input>
inline constexpr int wide_sum_shift = sizeof(Input) == 1 ? 4 : 0;

/// What the instructions of a form compute.
template <class Input, class Output>
constexpr Output apply_wide_form(WideForm form, const WideConstants& channel, std::int32_t x) noexcept {
  const std::int32_t v = numerics::wrapping_add(numerics::wrapping_shift_left(x, wide_sum_shift<Input>), channel.bias);
  const std::int64_t product = static_cast<std::int64_t>(v) * channel.multiplier;
  if constexpr (sizeof(Output) == 1) {
    const std::int32_t high = numerics::wrapping_add(static_cast<std::int32_t>(product >> 32), channel.addend);
    return static_cast<Output>(numerics::clamp(high >> 8, -128, 127));
  } else {
    const auto y = static_cast<std::int32_t>((product + (std::int64_t{1} << 31)) >> 32);
    if (form == WideForm::Full) return static_cast<Output>(numerics::clamp(y, -32768, 32767));
    if (form == WideForm::NonNegative) return static_cast<Output>(numerics::clamp(y, 0, 32767));
    // The highest code becomes 65535. UQSUB16 takes the halves of the cap, which are the addend, away again.
    const std::int32_t raised = numerics::clamp(numerics::wrapping_add(y, channel.addend), 0, 65535);
    const std::int32_t cap = channel.cap & 0xFFFF;
    return static_cast<Output>(raised > cap ? raised - cap : 0);
  }
}

}  // namespace pudu::kernels
