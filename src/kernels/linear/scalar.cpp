// Portable linear_s8: a few output features at a time over one input row.
#if !defined(__ARM_FEATURE_MVE)

#include "kernels/dot_product.hpp"
#include "kernels/linear/linear_s8.hpp"

namespace pudu::kernels {

void LinearS8::run(const Params& params, const Operands& operands) noexcept {
  const ChannelRequantizer requantizer{operands.bias,        operands.multipliers,  operands.shifts,
                                       params.output_offset, params.activation_min, params.activation_max};
  const std::int8_t* input = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < params.batches; ++batch) {
    write_channels(input, params.input_offset, operands.weights, params.input_features, params.input_features,
                   requantizer, 0, params.output_features, output);
    input += params.input_features;
    output += params.output_features;
  }
}

}  // namespace pudu::kernels

#endif
