// Portable strided_slice_s16.
#include "kernels/strided_loop.hpp"
#include "kernels/strided_slice_s16/strided_slice_s16.hpp"

namespace pudu::kernels {

void StridedSliceS16::run(const Params& params, const Operands& operands) noexcept {
  std::int32_t contiguous[max_rank] = {};
  fill_contiguous_strides(params.rank, params.output_shape, contiguous);
  const StridedLoop<2> loop =
      make_strided_loop<2>(params.rank, params.output_shape, {contiguous, params.input_strides});
  const std::int32_t count = loop.shape[loop.rank - 1];
  const std::int32_t step = loop.strides[1][loop.rank - 1];
  if (count == 0) return;
  for_each_outer(loop, 1, [&](const std::int32_t(&offsets)[2]) {
    const std::int16_t* from = operands.input + params.input_start_offset + offsets[1];
    std::int16_t* to = operands.output + offsets[0];
    for (std::int32_t left = count; left > 0; --left, from += step) *to++ = *from;
  });
}

}  // namespace pudu::kernels
