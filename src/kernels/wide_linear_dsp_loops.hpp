// The code of linear layers of 16-bit codes for the DSP extension around their loops, and the portable loops, which the
// host runs.
#pragma once

#include <cstring>

#include "kernels/linear_dsp/dots.hpp"
#include "kernels/wide_linear_dsp.hpp"

namespace pudu::kernels::wide_linear_dsp {

/// One input vector in 16 bits, the last unit filled with zeros.
inline void fill_vector(const std::int8_t* input, std::int32_t features, std::int16_t* to) noexcept {
  to = linear_dsp::widen(input, features / 4, to);
  const std::int32_t rest = features % 4;
  if (rest == 0) return;
  std::int8_t last[4] = {};
  std::memcpy(last, input + features - rest, static_cast<std::size_t>(rest));
  linear_dsp::widen(last, 1, to);
}
inline void fill_vector(const std::int16_t* input, std::int32_t features, std::int16_t* to) noexcept {
  std::memset(to + features / 4 * 4, 0, 4 * sizeof(std::int16_t));
  std::memcpy(to, input, static_cast<std::size_t>(features) * sizeof(std::int16_t));
}

template <class Input, class Output>
Output output_of(WideForm form, const std::int32_t* constants, std::int32_t addend, std::int32_t cap,
                 std::int32_t sum) noexcept {
  return apply_wide_form<Input, Output>(form, {constants[0], constants[1], addend, cap}, sum);
}

template <class Input, class Output>
void run(const WideLinearDspParams<Input, Output>& p, const WideLinearDspOperands<Input, Output>& operands,
         RunGroups run_groups, linear_dsp::Dots dots) noexcept {
  using Kernel = WideLinearDsp<Input, Output>;
  const std::int32_t values = 4 * Kernel::units(p);
  const bool in_place = Kernel::reads_in_place(p);
  Output* output = operands.output;
  for (std::int32_t batch = 0; batch < p.batches; ++batch, output += p.output_features) {
    const Input* input = operands.input + batch * p.input_features;
    const auto* x = static_cast<const std::int16_t*>(operands.scratch);
    if (in_place) {
      x = reinterpret_cast<const std::int16_t*>(input);
    } else {
      fill_vector(input, p.input_features, static_cast<std::int16_t*>(operands.scratch));
    }
    const std::int32_t fours = p.output_features / 4;
    Groups groups{x,
                  x + values,
                  operands.weights,
                  operands.constants + shared_words,
                  reinterpret_cast<std::int8_t*>(output),
                  fours,
                  0,
                  operands.constants[0],
                  operands.constants[1]};
    if (fours > 0) run_groups(groups);
    if (dots == nullptr) continue;
    std::int32_t sums[4];
    dots(x, x + values, groups.weights, sums);
    for (std::int32_t i = 4 * fours; i < p.output_features; ++i) {
      output[i] = output_of<Input, Output>(static_cast<WideForm>(p.form), operands.constants + shared_words + 2 * i,
                                           operands.constants[0], operands.constants[1], sums[i % 4]);
    }
  }
}

#if !PUDU_LINEAR_DSP_ASSEMBLY

template <class Input, class Output, WideForm Form, int WeightBits>
void run_groups(Groups& groups) noexcept {
  const auto group_bytes = (groups.x_end - groups.x) * (WeightBits / 2);
  for (; groups.count > 0; --groups.count) {
    std::int32_t sums[4];
    (WeightBits == 16 ? linear_dsp::dots_int16 : linear_dsp::dots_int8)(groups.x, groups.x_end, groups.weights, sums);
    for (const std::int32_t sum : sums) {
      const auto code = output_of<Input, Output>(Form, groups.constants, groups.addend, groups.shift, sum);
      std::memcpy(groups.output, &code, sizeof code);
      groups.output += sizeof code;
      groups.constants += 2;
    }
    groups.weights = static_cast<const std::int8_t*>(groups.weights) + group_bytes;
  }
}

#endif

}  // namespace pudu::kernels::wide_linear_dsp

// All loops of one kernel, for the file that defines them to instantiate. The linker keeps those that a model calls.
// clang-format off
#define PUDU_WIDE_LINEAR_DSP_INSTANCES(in, out, form)                                  \
  template void run_groups<in, out, WideForm::form, 8>(Groups&) noexcept;              \
  template void run_groups<in, out, WideForm::form, 16>(Groups&) noexcept;
// clang-format on
