// Portable dequantize_s8_f32.
#include "kernels/dequantize/dequantize_s8_f32.hpp"

namespace pudu::kernels {

void DequantizeS8F32::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t i = 0; i < params.count; ++i) {
    operands.output[i] = static_cast<float>(operands.input[i] - params.zero_point) * params.scale;
  }
}

}  // namespace pudu::kernels
