// Portable lut_s16.
#include "kernels/lut_s16/lut_s16.hpp"

namespace pudu::kernels {

void LutS16::run(const Params& params, const Operands& operands) noexcept {
  const std::int16_t* const centre = operands.table + 256;
  for (std::int32_t i = 0; i < params.count; ++i) {
    const std::int32_t x = operands.input[i];
    const std::int16_t* entry = centre + (x >> 7);
    operands.output[i] = static_cast<std::int16_t>(entry[0] + (((entry[1] - entry[0]) * (x & 127) + 64) >> 7));
  }
}

}  // namespace pudu::kernels
