// Portable dequantize_s16_f32.
#include "kernels/dequantize_s16/dequantize_s16_f32.hpp"

namespace pudu::kernels {

void DequantizeS16F32::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t i = 0; i < params.count; ++i) {
    operands.output[i] = static_cast<float>(operands.input[i] - params.zero_point) * params.scale;
  }
}

}  // namespace pudu::kernels
