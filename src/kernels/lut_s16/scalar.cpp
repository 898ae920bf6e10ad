// lut_s16: element by element; for MVE four a vector, whose entries two gathers fetch.
#include "kernels/lut_s16/lut_s16.hpp"

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#endif

namespace pudu::kernels {

void LutS16::run(const Params& params, const Operands& operands) noexcept {
  const std::int16_t* const centre = operands.table + 256;
  std::int32_t i = 0;
#if defined(__ARM_FEATURE_MVE)
  // Gathers take unsigned offsets, so codes are counted from the least.
  const std::int16_t* const next = operands.table + 1;
  for (; i + 4 <= params.count; i += 4) {
    const uint32x4_t x = vreinterpretq_u32_s32(vaddq_n_s32(vldrhq_s32(operands.input + i), 32768));
    const uint32x4_t entry = vshrq_n_u32(x, 7);
    const int32x4_t first = vldrhq_gather_shifted_offset_s32(operands.table, entry);
    const int32x4_t second = vldrhq_gather_shifted_offset_s32(next, entry);
    const int32x4_t fraction = vreinterpretq_s32_u32(vandq_u32(x, vdupq_n_u32(127)));
    const int32x4_t delta = vrshrq_n_s32(vmulq_s32(vsubq_s32(second, first), fraction), 7);
    vstrhq_s32(operands.output + i, vaddq_s32(first, delta));
  }
#endif
  for (; i < params.count; ++i) {
    const std::int32_t x = operands.input[i];
    const std::int16_t* entry = centre + (x >> 7);
    operands.output[i] = static_cast<std::int16_t>(entry[0] + (((entry[1] - entry[0]) * (x & 127) + 64) >> 7));
  }
}

}  // namespace pudu::kernels
