// Portable argmax_s8.
#include "kernels/argmax/argmax_s8.hpp"

namespace pudu::kernels {

void ArgmaxS8::run(const Params& params, const Operands& operands) noexcept {
  const std::int8_t* input = operands.input;
  std::int32_t* output = operands.output;
  for (std::int32_t outer = 0; outer < params.outer_count; ++outer, input += params.depth * params.inner_count) {
    for (std::int32_t k = 0; k < params.inner_count; ++k) {
      const std::int8_t* element = input + k;
      std::int32_t best = 0;
      std::int8_t largest = *element;
      for (std::int32_t i = 1; i < params.depth; ++i) {
        element += params.inner_count;
        if (*element <= largest) continue;
        largest = *element;
        best = i;
      }
      *output++ = best;
    }
  }
}

}  // namespace pudu::kernels
