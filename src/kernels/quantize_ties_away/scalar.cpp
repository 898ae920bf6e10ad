// Portable quantize_ties_away_f32_s8. Only the division is a floating-point operation; IEEE 754 rounds it once
// everywhere.
#include "kernels/float_rounding.hpp"
#include "kernels/quantize_ties_away/quantize_ties_away_f32_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void QuantizeTiesAwayF32S8::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t i = 0; i < params.count; ++i) {
    const std::int32_t code = params.zero_point + round_half_away_saturated(operands.input[i] / params.scale);
    operands.output[i] = static_cast<std::int8_t>(numerics::clamp(code, params.quant_min, params.quant_max));
  }
}

}  // namespace pudu::kernels
