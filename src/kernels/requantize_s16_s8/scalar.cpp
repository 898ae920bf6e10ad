// requantize_s16_s8: element by element; for MVE four a vector, the same arithmetic in every lane.
#if defined(__ARM_FEATURE_MVE)
#include "kernels/mve.hpp"
#endif

#include "kernels/requantize_s16_s8/requantize_s16_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void RequantizeS16S8::run(const Params& params, const Operands& operands) noexcept {
  std::int32_t i = 0;
#if defined(__ARM_FEATURE_MVE)
  const mve::OutputRange range(params.output_offset, -128, 127);
  const int32x4_t multipliers = vdupq_n_s32(params.multiplier), shifts = vdupq_n_s32(params.shift);
  for (; i + 4 <= params.count; i += 4) {
    const int32x4_t x = vldrhq_s32(operands.input + i);
    const int32x4_t code = mve::requantize<mve::ShiftForm::Any>(x, multipliers, shifts);
    vstrbq_s32(operands.output + i, range.apply(code));
  }
#endif
  for (; i < params.count; ++i) {
    const std::int32_t code = numerics::requantize(operands.input[i], params.multiplier, params.shift);
    operands.output[i] = static_cast<std::int8_t>(
        numerics::clamp(code, -128 - params.output_offset, 127 - params.output_offset) + params.output_offset);
  }
}

}  // namespace pudu::kernels
