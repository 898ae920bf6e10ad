// Portable batch_matmul_s8.
#include "kernels/batch_matmul/batch_matmul_s8.hpp"
#include "kernels/uniform_product.hpp"

namespace pudu::kernels {

void BatchMatmulS8::run(const Params& params, const Operands& operands) noexcept {
  const UniformRequantizer requantizer{
      nullptr, params.multiplier, params.shift, params.output_offset, params.activation_min, params.activation_max};
  const std::int8_t* lhs = operands.lhs;
  const std::int8_t* rhs = operands.rhs_transposed;
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < params.batches; ++batch, rhs += params.columns * params.depth) {
    for (std::int32_t row = 0; row < params.rows; ++row, lhs += params.depth, output += params.columns) {
      write_uniform_products(lhs, params.lhs_offset, rhs, params.rhs_offset, params.depth, requantizer, params.columns,
                             output);
    }
  }
}

}  // namespace pudu::kernels
