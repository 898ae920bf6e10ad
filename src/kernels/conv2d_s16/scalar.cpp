// conv2d_s16: kernels/wide_conv2d.hpp for its codes.
#include "kernels/wide_conv2d.hpp"

#include "kernels/conv2d_s16/conv2d_s16.hpp"

namespace pudu::kernels {

void Conv2dS16::run(const Params& params, const Operands& operands) noexcept {
  wide_conv2d::run_images<Conv2dS16>(params, operands);
}

void Conv2dS16::run_rows(const Params& params, const Operands& operands, Rows<const Input> input, Rows<Output> output,
                         std::int32_t row_begin, std::int32_t row_end) noexcept {
  wide_conv2d::write_rows<Conv2dS16>(params, operands, input, output, row_begin, row_end);
}

}  // namespace pudu::kernels
