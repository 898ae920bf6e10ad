// Portable sum_f32.
#include "kernels/float_math.hpp"
#include "kernels/sum_f32/sum_f32.hpp"

namespace pudu::kernels {

void SumF32::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t outer = 0; outer < params.outer_count; ++outer) {
    const float* input = operands.input + outer * params.sum_count * params.inner_count;
    for (std::int32_t inner = 0; inner < params.inner_count; ++inner) {
      float sum = 0;
      for (std::int32_t i = 0; i < params.sum_count; ++i) sum = rounded(sum + input[i * params.inner_count + inner]);
      operands.output[outer * params.inner_count + inner] = rounded(sum / params.divisor);
    }
  }
}

}  // namespace pudu::kernels
