// Portable mul_s16.
#if !defined(__ARM_FEATURE_MVE)

#include "kernels/elementwise.hpp"
#include "kernels/mul_s16/mul_element.hpp"

namespace pudu::kernels {

void MulS16::run(const Params& params, const Operands& operands) noexcept {
  run_binary(params, operands,
             [&params](std::int32_t x1, std::int32_t x2) noexcept { return multiply_wide_element(params, x1, x2); });
}

}  // namespace pudu::kernels

#endif
