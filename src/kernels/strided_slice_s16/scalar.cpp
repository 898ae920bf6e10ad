// Portable strided_slice_s16.
#include "kernels/strided_loop.hpp"
#include "kernels/strided_slice_s16/strided_slice_s16.hpp"

namespace pudu::kernels {

void StridedSliceS16::run(const Params& params, const Operands& operands) noexcept {
  gather_strided(params.rank, params.output_shape, operands.output, operands.input + params.input_start_offset,
                 params.input_strides);
}

}  // namespace pudu::kernels
