// Portable prelu_codes_s8.
#include "kernels/prelu_codes/prelu_codes_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void PreluCodesS8::run(const Params& params, const Operands& operands) noexcept {
  using numerics::requantize_to_int8;
  const std::int8_t* input = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t outer = 0; outer < params.outer_count; ++outer) {
    for (std::int32_t c = 0; c < params.channels; ++c) {
      const std::int32_t d = *input++ + params.input1_offset;
      *output++ =
          d >= 0 ? requantize_to_int8(d, params.output_multiplier, params.output_shift, params.output_offset, -128, 127)
                 : requantize_to_int8(d * (operands.slopes[c] + params.input2_offset), params.multiplier, params.shift,
                                      params.output_offset, -128, 127);
    }
  }
}

}  // namespace pudu::kernels
