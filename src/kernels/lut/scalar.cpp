// Portable lut_s8.
#if !defined(__ARM_FEATURE_MVE)

#include "kernels/lut/lut_s8.hpp"

namespace pudu::kernels {

void LutS8::run(const Params& params, const Operands& operands) noexcept {
  const std::int8_t* centre = operands.table + 128;
  for (std::int32_t i = 0; i < params.count; ++i) operands.output[i] = centre[operands.input[i]];
}

}  // namespace pudu::kernels

#endif
