// mean_of_sums_s8 on every core.
#include "kernels/average.hpp"
#include "kernels/mean_of_sums/mean_of_sums_s8.hpp"

namespace pudu::kernels {

void MeanOfSumsS8::run(const Params& params, const Operands& operands) noexcept {
  const RoundingDivider divider(params.divisor, params.taps);
  for (std::int32_t channel = 0; channel < params.channels; ++channel) {
    const std::int32_t mean = divider.divide(operands.input[channel] + params.addend);
    operands.output[channel] =
        static_cast<std::int8_t>(numerics::clamp(mean, params.activation_min, params.activation_max));
  }
}

}  // namespace pudu::kernels
