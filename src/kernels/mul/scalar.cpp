// Portable mul_s8.
#if !defined(__ARM_FEATURE_MVE)

#include "kernels/elementwise.hpp"
#include "kernels/mul/mul_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void MulS8::run(const Params& params, const Operands& operands) noexcept {
  run_binary(params, operands, [&params](std::int32_t x1, std::int32_t x2) noexcept {
    const std::int32_t product = (x1 + params.input1_offset) * (x2 + params.input2_offset);
    return numerics::requantize_to_int8(product, params.output_multiplier, params.output_shift, params.output_offset,
                                        params.activation_min, params.activation_max);
  });
}

}  // namespace pudu::kernels

#endif
