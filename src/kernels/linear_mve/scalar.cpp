// Portable twin of linear_mve_s8, over the same prepared operands.
#if !defined(__ARM_FEATURE_MVE)

#include "kernels/linear_mve/linear_mve_s8.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels::linear_mve {

void run_scalar(const LinearMveS8Params& p, const LinearMveS8Operands& operands) noexcept {
  using Kernel = LinearMveS8;
  for (std::int32_t batch = 0; batch < p.batches; ++batch) {
    const std::int8_t* input = operands.input + batch * p.input_features;
    for (std::int32_t group = 0; group < Kernel::groups(p); ++group) {
      const std::int32_t* constants = operands.constants + 12 * group;
      std::int8_t* output = operands.output + batch * p.output_features + Kernel::first_output(p, group);
      for (std::int32_t i = 0; i < 4; ++i) {
        const std::int8_t* weights = operands.weights + group * Kernel::units(p) * 64 + 16 * i;
        std::int32_t sum = constants[i];
        for (std::int32_t k = 0; k < p.input_features; ++k) {
          sum = numerics::wrapping_add(sum, input[k] * weights[k / 16 * 64 + k % 16]);
        }
        output[i] = numerics::requantize_to_int8(sum, constants[4 + i], constants[8 + i], p.output_offset,
                                                 p.activation_min, p.activation_max);
      }
    }
  }
}

}  // namespace pudu::kernels::linear_mve

#endif
