// linear_s16_s8: kernels/wide_linear.hpp for its codes.
#include "kernels/wide_linear.hpp"

#include "kernels/linear_s16_s8/linear_s16_s8.hpp"

namespace pudu::kernels {

void LinearS16S8::run(const Params& params, const Operands& operands) noexcept {
  wide_linear::run<LinearS16S8>(params, operands);
}

}  // namespace pudu::kernels
