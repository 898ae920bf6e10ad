// The formula of add_s8 for one element: the portable kernel, and what vectors leave over.
#pragma once

#include "kernels/add/add_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

inline std::int8_t add_element(const AddS8Params& params, std::int32_t x1, std::int32_t x2) noexcept {
  using numerics::requantize;
  using numerics::wrapping_shift_left;
  const std::int32_t a = requantize(wrapping_shift_left(x1 + params.input1_offset, AddS8::left_shift),
                                    params.input1_multiplier, params.input1_shift);
  const std::int32_t b = requantize(wrapping_shift_left(x2 + params.input2_offset, AddS8::left_shift),
                                    params.input2_multiplier, params.input2_shift);
  return numerics::requantize_to_int8(numerics::wrapping_add(a, b), params.output_multiplier, params.output_shift,
                                      params.output_offset, params.activation_min, params.activation_max);
}

}  // namespace pudu::kernels
