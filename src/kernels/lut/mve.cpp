// lut_s8 for MVE: sixteen entries a gather. VLDRB gathers by unsigned offsets, so the code's sign bit is turned around.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/mve.hpp"
#include "kernels/lut/lut_s8.hpp"

namespace pudu::kernels {

void LutS8::run(const Params& params, const Operands& operands) noexcept {
  const uint8x16_t sign = vdupq_n_u8(128);
  const std::int8_t* input = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t left = params.count; left > 0; left -= 16, input += 16, output += 16) {
    const mve_pred16_t lanes = vctp8q(static_cast<std::uint32_t>(left));
    const uint8x16_t offsets = veorq_u8(vreinterpretq_u8_s8(vldrbq_z_s8(input, lanes)), sign);
    vstrbq_p_s8(output, vldrbq_gather_offset_z_s8(operands.table, offsets, lanes), lanes);
  }
}

}  // namespace pudu::kernels

#endif
