// Portable requantize_s16_s8.
#include "kernels/requantize_s16_s8/requantize_s16_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void RequantizeS16S8::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t i = 0; i < params.count; ++i) {
    const std::int32_t code = numerics::requantize(operands.input[i], params.multiplier, params.shift);
    operands.output[i] = static_cast<std::int8_t>(
        numerics::clamp(code, -128 - params.output_offset, 127 - params.output_offset) + params.output_offset);
  }
}

}  // namespace pudu::kernels
