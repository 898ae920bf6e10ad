// Portable concat_f32.
#include <cstring>

#include "kernels/concat_f32/concat_f32.hpp"

namespace pudu::kernels {

void ConcatF32::run(const Params& params, const Operands& operands) noexcept {
  std::int32_t begin = params.output_offset;
  for (std::int32_t i = 0; i < params.input_count; ++i) {
    const float* input = operands.inputs[i];
    float* output = operands.output + begin;
    for (std::int32_t step = 0; step < params.outer_count; ++step) {
      std::memcpy(output, input, static_cast<std::size_t>(params.sizes[i]) * sizeof(float));
      input += params.sizes[i];
      output += params.output_stride;
    }
    begin += params.sizes[i];
  }
}

}  // namespace pudu::kernels
