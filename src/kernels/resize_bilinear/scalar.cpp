// Portable resize_bilinear_s8.
#include "kernels/resize_bilinear/interpolate.hpp"

namespace pudu::kernels {

void ResizeBilinearS8::run(const Params& params, const Operands& operands) noexcept {
  constexpr std::int32_t shift = 2 * weight_bits;
  resize_bilinear(params, operands,
                  [](std::int32_t sum) noexcept { return (sum + (std::int32_t{1} << (shift - 1))) >> shift; });
}

}  // namespace pudu::kernels
