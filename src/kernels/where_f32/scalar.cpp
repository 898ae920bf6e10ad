// Portable where_f32.
#include "kernels/strided_loop.hpp"
#include "kernels/where_f32/where_f32.hpp"

namespace pudu::kernels {

void WhereF32::run(const Params& params, const Operands& operands) noexcept {
  std::int32_t contiguous[max_rank] = {};
  fill_contiguous_strides(params.rank, params.output_shape, contiguous);
  const StridedLoop<4> loop =
      make_strided_loop<4>(params.rank, params.output_shape,
                           {contiguous, params.condition_strides, params.input1_strides, params.input2_strides});
  const std::int32_t last = loop.rank - 1;
  if (loop.shape[last] == 0) return;
  for_each_outer(loop, 1, [&](const std::int32_t(&offsets)[4]) {
    for (std::int32_t i = 0; i < loop.shape[last]; ++i) {
      const bool chosen = operands.condition[offsets[1] + i * loop.strides[1][last]] != 0.0f;
      operands.output[offsets[0] + i * loop.strides[0][last]] =
          chosen ? operands.input1[offsets[2] + i * loop.strides[2][last]]
                 : operands.input2[offsets[3] + i * loop.strides[3][last]];
    }
  });
}

}  // namespace pudu::kernels
