// Portable embedding_s8.
#include <cstring>

#include "kernels/embedding/embedding_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

void EmbeddingS8::run(const Params& params, const Operands& operands) noexcept {
  std::int8_t* output = operands.output;
  for (std::int32_t i = 0; i < params.count; ++i, output += params.row_bytes) {
    const std::int32_t row = numerics::clamp(operands.indices[i], 0, params.rows - 1);
    std::memcpy(output, operands.weights + row * params.row_bytes, static_cast<std::size_t>(params.row_bytes));
  }
}

}  // namespace pudu::kernels
