// Portable mul_s16.
#include "kernels/elementwise.hpp"
#include "kernels/mul_s16/mul_s16.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void MulS16::run(const Params& params, const Operands& operands) noexcept {
  run_binary(params, operands, [&params](std::int32_t x1, std::int32_t x2) noexcept {
    const std::int32_t product = numerics::requantize(x1 * x2, params.output_multiplier, params.output_shift);
    return static_cast<std::int16_t>(numerics::clamp(product, params.output_min, params.output_max));
  });
}

}  // namespace pudu::kernels
