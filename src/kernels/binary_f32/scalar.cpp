// Portable binary_f32.
#include "kernels/binary_f32/binary_f32.hpp"
#include "kernels/float_math.hpp"
#include "kernels/strided_loop.hpp"

namespace pudu::kernels {
namespace {

float combine(const BinaryF32Params& params, float a, float b) noexcept {
  switch (params.function) {
    case BinaryF32::add:
      return plus_product(a, params.alpha, b);
    case BinaryF32::multiply:
      return product(a, b);
    case BinaryF32::divide:
      return rounded(a / b);
    case BinaryF32::smaller:
      return a < b ? a : b;
    default:
      return a > b ? a : b;
  }
}

}  // namespace

void BinaryF32::run(const Params& params, const Operands& operands) noexcept {
  std::int32_t contiguous[max_rank] = {};
  fill_contiguous_strides(params.rank, params.output_shape, contiguous);
  const StridedLoop<3> loop = make_strided_loop<3>(params.rank, params.output_shape,
                                                   {contiguous, params.input1_strides, params.input2_strides});
  const std::int32_t last = loop.rank - 1;
  if (loop.shape[last] == 0) return;
  for_each_outer(loop, 1, [&](const std::int32_t(&offsets)[3]) {
    const float *a = operands.input1 + offsets[1], *b = operands.input2 + offsets[2];
    float* output = operands.output + offsets[0];
    for (std::int32_t left = loop.shape[last]; left > 0; --left) {
      *output++ = clamp_float(combine(params, *a, *b), params.minimum, params.maximum);
      a += loop.strides[1][last];
      b += loop.strides[2][last];
    }
  });
}

}  // namespace pudu::kernels
