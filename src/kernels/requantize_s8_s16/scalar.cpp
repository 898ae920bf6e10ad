// Portable requantize_s8_s16.
#include "kernels/requantize_s8_s16/requantize_s8_s16.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void RequantizeS8S16::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t i = 0; i < params.count; ++i) {
    const std::int32_t code =
        numerics::requantize(operands.input[i] + params.input_offset, params.multiplier, params.shift);
    operands.output[i] = static_cast<std::int16_t>(numerics::clamp(code, INT16_MIN, INT16_MAX));
  }
}

}  // namespace pudu::kernels
