// linear_s8_s16: kernels/wide_linear.hpp for its codes.
#include "kernels/wide_linear.hpp"

#include "kernels/linear_s8_s16/linear_s8_s16.hpp"

namespace pudu::kernels {

void LinearS8S16::run(const Params& params, const Operands& operands) noexcept {
  wide_linear::run<LinearS8S16>(params, operands);
}

}  // namespace pudu::kernels
