// linear_s16: a few output features at a time over one input row.
#include "kernels/linear_s16/linear_s16.hpp"
#include "kernels/wide_product.hpp"

namespace pudu::kernels {
namespace {

template <SumForm Form>
void write(const LinearS16Params& params, const LinearS16Operands& operands,
           const WideChannelRequantizer& requantizer) noexcept {
  const std::int16_t* input = operands.input;
  std::int16_t* output = operands.output;
  for (std::int32_t batch = 0; batch < params.batches; ++batch) {
    write_wide_channels<Form>(input, operands.weights, params.input_features, params.input_features, requantizer, 0,
                              params.output_features, output);
    input += params.input_features;
    output += params.output_features;
  }
}

}  // namespace

void LinearS16::run(const Params& params, const Operands& operands) noexcept {
  const WideChannelRequantizer requantizer{operands.bias, operands.multipliers, operands.shifts, params.output_min,
                                           params.output_max};
  if (requantizer.form(params.output_features, params.input_features) == SumForm::Narrow) {
    write<SumForm::Narrow>(params, operands, requantizer);
  } else {
    write<SumForm::Wide>(params, operands, requantizer);
  }
}

}  // namespace pudu::kernels
