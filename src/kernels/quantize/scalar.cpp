// Portable quantize_f32_s8. Only the division and the product are floating-point operations; each is rounded once by
// IEEE 754 everywhere, and the product's bits are taken before anything could be fused with it.
#include "kernels/float_rounding.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void QuantizeF32S8::run(const Params& params, const Operands& operands) noexcept {
  const float inverse_scale = 1.0f / params.scale;
  for (std::int32_t i = 0; i < params.count; ++i) {
    const std::int32_t code = params.zero_point + round_half_even_saturated(operands.input[i] * inverse_scale);
    operands.output[i] = static_cast<std::int8_t>(numerics::clamp(code, params.quant_min, params.quant_max));
  }
}

}  // namespace pudu::kernels
