// Portable minimum_s8.
#include "kernels/elementwise.hpp"
#include "kernels/minimum/minimum_s8.hpp"

namespace pudu::kernels {

void MinimumS8::run(const Params& params, const Operands& operands) noexcept {
  run_binary(params, operands, [](std::int8_t x1, std::int8_t x2) noexcept { return x1 < x2 ? x1 : x2; });
}

}  // namespace pudu::kernels
