// requantize_s16_s16: element by element; for MVE four a vector, the same arithmetic in every lane.
#if defined(__ARM_FEATURE_MVE)
#include "kernels/mve.hpp"
#endif

#include "kernels/requantize_s16_s16/requantize_s16_s16.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void RequantizeS16S16::run(const Params& params, const Operands& operands) noexcept {
  std::int32_t i = 0;
#if defined(__ARM_FEATURE_MVE)
  const mve::OutputRange range(0, INT16_MIN, INT16_MAX);
  const int32x4_t multipliers = vdupq_n_s32(params.multiplier), shifts = vdupq_n_s32(params.shift);
  for (; i + 4 <= params.count; i += 4) {
    const int32x4_t x = vldrhq_s32(operands.input + i);
    const int32x4_t code = mve::requantize<mve::ShiftForm::Any>(x, multipliers, shifts);
    vstrhq_s32(operands.output + i, range.apply(code));
  }
#endif
  for (; i < params.count; ++i) {
    const std::int32_t code = numerics::requantize(operands.input[i], params.multiplier, params.shift);
    operands.output[i] = static_cast<std::int16_t>(numerics::clamp(code, INT16_MIN, INT16_MAX));
  }
}

}  // namespace pudu::kernels
