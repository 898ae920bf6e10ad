// Portable add_s16.
#if !defined(__ARM_FEATURE_MVE)

#include "kernels/add_s16/add_element.hpp"
#include "kernels/elementwise.hpp"

namespace pudu::kernels {

void AddS16::run(const Params& params, const Operands& operands) noexcept {
  run_binary(params, operands,
             [&params](std::int32_t x1, std::int32_t x2) noexcept { return add_wide_element(params, x1, x2); });
}

}  // namespace pudu::kernels

#endif
