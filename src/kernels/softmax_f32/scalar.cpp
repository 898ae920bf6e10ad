// Portable softmax_f32.
#include "kernels/float_math.hpp"
#include "kernels/softmax_f32/softmax_f32.hpp"

namespace pudu::kernels {
namespace {

void run_line(const SoftmaxF32Params& p, const float* input, float* output) noexcept {
  const std::int32_t end = p.depth * p.inner_count;
  float largest = input[0];
  for (std::int32_t i = p.inner_count; i < end; i += p.inner_count) largest = input[i] > largest ? input[i] : largest;
  float sum = 0;
  for (std::int32_t i = 0; i < end; i += p.inner_count) {
    const float difference = rounded(input[i] - largest);
    const float power = exponential(difference);
    sum = rounded(sum + power);
    output[i] = p.logarithm != 0 ? difference : power;
  }
  const float shift = p.logarithm != 0 ? logarithm(sum) : 0.0f;
  for (std::int32_t i = 0; i < end; i += p.inner_count) {
    output[i] = rounded(p.logarithm != 0 ? output[i] - shift : output[i] / sum);
  }
}

}  // namespace

void SoftmaxF32::run(const Params& params, const Operands& operands) noexcept {
  for (std::int32_t outer = 0; outer < params.outer_count; ++outer) {
    const std::int32_t begin = outer * params.depth * params.inner_count;
    for (std::int32_t inner = 0; inner < params.inner_count; ++inner) {
      run_line(params, operands.input + begin + inner, operands.output + begin + inner);
    }
  }
}

}  // namespace pudu::kernels
