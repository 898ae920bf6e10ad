// Fully connected layers of codes of 16 bits, or of 8 bits to 16 or back: the code of linear_s16, linear_s16_s8 and
// linear_s8_s16. A few output features at a time over one input, which is first widened where it has 8 bits.
#pragma once

#if defined(__ARM_FEATURE_MVE)
#include "kernels/mve.hpp"
#endif

#include "kernels/wide_product.hpp"

namespace pudu::kernels::wide_linear {

inline const std::int16_t* in_16_bits(const std::int16_t* input, std::int32_t, std::int32_t, void*) noexcept {
  return input;
}

inline const std::int16_t* in_16_bits(const std::int8_t* input, std::int32_t count, std::int32_t offset,
                                      void* scratch) noexcept {
  auto* values = static_cast<std::int16_t*>(scratch);
#if defined(__ARM_FEATURE_MVE)
  mve::widen(values, input, count, offset);
#else
  for (std::int32_t i = 0; i < count; ++i) values[i] = static_cast<std::int16_t>(input[i] + offset);
#endif
  return values;
}

template <class Kernel, SumForm Form>
void write(const typename Kernel::Params& p, const typename Kernel::Operands& operands,
           const WideChannelRequantizer& requantizer) noexcept {
  const auto* input = operands.input;
  auto* output = operands.output;
  for (std::int32_t left = p.batches; left > 0; --left, input += p.input_features, output += p.output_features) {
    const std::int16_t* values = in_16_bits(input, p.input_features, p.input_offset, operands.scratch);
    write_wide_channels<Form>(values, operands.weights, p.input_features, p.input_features, requantizer, 0,
                              p.output_features, output);
  }
}

/// Kernel::run.
template <class Kernel>
void run(const typename Kernel::Params& p, const typename Kernel::Operands& operands) noexcept {
  const WideChannelRequantizer requantizer = wide_requantizer<Kernel>(p, operands);
  const SumForm form = form_of_rows(requantizer, operands.weights, p.output_features, p.input_features, p.batches);
  const auto write_all = form == SumForm::Narrow ? write<Kernel, SumForm::Narrow> : write<Kernel, SumForm::Wide>;
  write_all(p, operands, requantizer);
}

}  // namespace pudu::kernels::wide_linear
