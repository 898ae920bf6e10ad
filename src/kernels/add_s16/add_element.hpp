// One element of add_s16.
#pragma once

#include "kernels/add_s16/add_s16.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

inline std::int16_t add_wide_element(const AddS16Params& p, std::int32_t x1, std::int32_t x2) noexcept {
  using numerics::requantize, numerics::wrapping_shift_left;
  const std::int32_t a = requantize(wrapping_shift_left(x1, AddS16::left_shift), p.input1_multiplier, p.input1_shift);
  const std::int32_t b = requantize(wrapping_shift_left(x2, AddS16::left_shift), p.input2_multiplier, p.input2_shift);
  const std::int32_t sum = requantize(numerics::wrapping_add(a, b), p.output_multiplier, p.output_shift);
  return static_cast<std::int16_t>(numerics::clamp(sum, p.output_min, p.output_max));
}

}  // namespace pudu::kernels
