// Portable strided_slice_s8.
#include "kernels/strided_loop.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"

namespace pudu::kernels {

void StridedSliceS8::run(const Params& params, const Operands& operands) noexcept {
  std::int32_t output_strides[max_rank] = {};
  fill_contiguous_strides(params.rank, params.output_shape, output_strides);
  copy_strided(params.rank, params.output_shape, operands.output, output_strides,
               operands.input + params.input_start_offset, params.input_strides);
}

}  // namespace pudu::kernels
