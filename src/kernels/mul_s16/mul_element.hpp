// One element of mul_s16.
#pragma once

#include "kernels/mul_s16/mul_s16.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

inline std::int16_t multiply_wide_element(const MulS16Params& p, std::int32_t x1, std::int32_t x2) noexcept {
  const std::int32_t product = numerics::requantize(x1 * x2, p.output_multiplier, p.output_shift);
  return static_cast<std::int16_t>(numerics::clamp(product, p.output_min, p.output_max));
}

}  // namespace pudu::kernels
