// Portable prelu_s8.
#include "kernels/prelu/prelu_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void PreluS8::run(const Params& params, const Operands& operands) noexcept {
  const std::int8_t* input = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t outer = 0; outer < params.outer_count; ++outer) {
    for (std::int32_t c = 0; c < params.channels; ++c) {
      const std::int32_t d = *input++ + params.input_offset;
      const std::int32_t multiplier = d < 0 ? operands.multipliers[c] : params.output_multiplier;
      const std::int32_t shift = d < 0 ? operands.shifts[c] : params.output_shift;
      *output++ = numerics::requantize_to_int8(d, multiplier, shift, params.output_offset, -128, 127);
    }
  }
}

}  // namespace pudu::kernels
