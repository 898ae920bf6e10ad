// Portable where_s8.
#include "kernels/strided_loop.hpp"
#include "kernels/where/where_s8.hpp"

namespace pudu::kernels {

void WhereS8::run(const Params& params, const Operands& operands) noexcept {
  const StridedLoop<3> loop = make_strided_loop<3>(
      params.rank, params.output_shape, {params.condition_strides, params.input1_strides, params.input2_strides});
  const std::int32_t last = loop.rank - 1;
  const std::int32_t count = loop.shape[last];
  if (count == 0) return;
  std::int8_t* output = operands.output;
  for_each_outer(loop, 1, [&](const std::int32_t(&offsets)[3]) {
    const std::int8_t* condition = operands.condition + offsets[0];
    const std::int8_t* x1 = operands.input1 + offsets[1];
    const std::int8_t* x2 = operands.input2 + offsets[2];
    for (std::int32_t left = count; left > 0; --left) {
      *output++ = *condition != params.condition_zero ? operands.table1[*x1 + 128] : operands.table2[*x2 + 128];
      condition += loop.strides[0][last];
      x1 += loop.strides[1][last];
      x2 += loop.strides[2][last];
    }
  });
}

}  // namespace pudu::kernels
