// linear_s16: kernels/wide_linear.hpp for its codes.
#include "kernels/wide_linear.hpp"

#include "kernels/linear_s16/linear_s16.hpp"

namespace pudu::kernels {

void LinearS16::run(const Params& params, const Operands& operands) noexcept {
  wide_linear::run<LinearS16>(params, operands);
}

}  // namespace pudu::kernels
