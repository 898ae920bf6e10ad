// Portable maximum_s8.
#include "kernels/elementwise.hpp"
#include "kernels/maximum/maximum_s8.hpp"

namespace pudu::kernels {

void MaximumS8::run(const Params& params, const Operands& operands) noexcept {
  run_binary(params, operands, [](std::int8_t x1, std::int8_t x2) noexcept { return x1 > x2 ? x1 : x2; });
}

}  // namespace pudu::kernels
