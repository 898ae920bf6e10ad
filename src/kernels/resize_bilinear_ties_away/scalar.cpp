// Portable resize_bilinear_ties_away_s8.
#include "kernels/resize_bilinear_ties_away/resize_bilinear_ties_away_s8.hpp"

#include "kernels/resize_bilinear/interpolate.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void ResizeBilinearTiesAwayS8::run(const Params& params, const Operands& operands) noexcept {
  resize_bilinear(params, operands, [](std::int32_t sum) noexcept {
    return numerics::rounding_divide_by_power_of_two(sum, 2 * ResizeBilinearS8::weight_bits);
  });
}

}  // namespace pudu::kernels
