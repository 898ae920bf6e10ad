// Portable matmul_f32.
#include "kernels/float_math.hpp"
#include "kernels/matmul_f32/matmul_f32.hpp"

namespace pudu::kernels {

void MatmulF32::run(const Params& params, const Operands& operands) noexcept {
  const float *lhs = operands.lhs, *matrix = operands.rhs_transposed;
  float* output = operands.output;
  for (std::int32_t batch = 0; batch < params.batches; ++batch, matrix += params.columns * params.depth) {
    for (std::int32_t row = 0; row < params.rows; ++row, lhs += params.depth) {
      const float* rhs = matrix;
      for (std::int32_t column = 0; column < params.columns; ++column, rhs += params.depth) {
        float sum = operands.bias[column];
        for (std::int32_t k = 0; k < params.depth; ++k) sum = plus_product(sum, lhs[k], rhs[k]);
        *output++ = clamp_float(sum, params.minimum, params.maximum);
      }
    }
  }
}

}  // namespace pudu::kernels
