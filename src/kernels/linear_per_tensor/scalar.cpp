// Portable linear_per_tensor_s8.
#include "kernels/linear_per_tensor/linear_per_tensor_s8.hpp"
#include "kernels/uniform_product.hpp"

namespace pudu::kernels {

void LinearPerTensorS8::run(const Params& params, const Operands& operands) noexcept {
  const UniformRequantizer requantizer{operands.bias,        params.multiplier,     params.shift,
                                       params.output_offset, params.activation_min, params.activation_max};
  const std::int8_t* input = operands.input;
  std::int8_t* output = operands.output;
  for (std::int32_t batch = 0; batch < params.batches; ++batch) {
    write_uniform_products(input, params.input_offset, operands.weights, params.filter_offset, params.input_features,
                           requantizer, params.output_features, output);
    input += params.input_features;
    output += params.output_features;
  }
}

}  // namespace pudu::kernels
