// mean_of_sums_s8 on every core.
#include "kernels/average.hpp"
#include "kernels/mean_of_sums/mean_of_sums_s8.hpp"

namespace pudu::kernels {

void MeanOfSumsS8::run(const Params& params, const Operands& operands) noexcept {
  const RoundingDivider divider(params.divisor, params.taps);
  std::int32_t channel = 0;
#if defined(__ARM_FEATURE_MVE)
  const int32x4_t low = vdupq_n_s32(params.activation_min), high = vdupq_n_s32(params.activation_max);
  for (; divider.divides_lanes() && channel + 4 <= params.channels; channel += 4) {
    const int32x4_t means = divider.divide(vaddq_n_s32(vld1q_s32(operands.input + channel), params.addend));
    vstrbq_s32(operands.output + channel, vminq_s32(vmaxq_s32(means, low), high));
  }
#endif
  for (; channel < params.channels; ++channel) {
    const std::int32_t mean = divider.divide(operands.input[channel] + params.addend);
    operands.output[channel] =
        static_cast<std::int8_t>(numerics::clamp(mean, params.activation_min, params.activation_max));
  }
}

}  // namespace pudu::kernels
