// The formula of mul_s8 for one element: the portable kernel, and what vectors leave over.
#pragma once

#include "kernels/mul/mul_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

inline std::int8_t multiply_element(const MulS8Params& params, std::int32_t x1, std::int32_t x2) noexcept {
  const std::int32_t product = (x1 + params.input1_offset) * (x2 + params.input2_offset);
  return numerics::requantize_to_int8(product, params.output_multiplier, params.output_shift, params.output_offset,
                                      params.activation_min, params.activation_max);
}

}  // namespace pudu::kernels
