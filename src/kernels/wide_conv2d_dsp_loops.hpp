// The code of convolutions of 16-bit codes for the DSP extension around their inner loops, and the portable inner loop,
// which the host runs.
#pragma once

#include <cstring>

#include "kernels/conv2d_dsp/gather.hpp"
#include "kernels/wide_conv2d_dsp.hpp"

namespace pudu::kernels::wide_conv2d_dsp {

/// The constants of a pair of channels in the places where the loop has them.
inline void set_constants(Conv2dDspBlock& block, const std::int32_t* words) noexcept {
  WideConstants channels[2];
  std::memcpy(channels, words, sizeof channels);
  block.first = {channels[0].bias, channels[0].multiplier, channels[1].bias, channels[1].multiplier};
  block.second = {0, 0, channels[0].addend, channels[0].cap};
}

template <class Input, class Output>
void run_strip(const Conv2dDspS8Params& p, const WideConv2dDspOperands<Input, Output>& operands,
               const conv2d_dsp::Scratch<Input>& scratch, std::int32_t positions, Output* output, Gemm gemm) noexcept {
  const std::int32_t values = Conv2dDspS8::units(p) * 8;
  const std::uint8_t* weights = operands.weights;
  const std::int32_t* constants = operands.constants;
  Conv2dDspBlock block;
  block.x = scratch.strip;
  block.end = scratch.strip + (positions + 1) / 2 * values;
  block.stride = positions > 1 ? p.output_channels * static_cast<std::int32_t>(sizeof(Output)) : 0;
  for (std::int32_t channel = 0; channel < p.output_channels; channel += 2, constants += 8) {
    if (p.weight_bits == 16) {
      block.weights = reinterpret_cast<const std::int16_t*>(weights);
      weights += 2 * values;
    } else {
      conv2d_dsp::widen_weights(weights, values / 8, scratch.weights);
      block.weights = scratch.weights;
      weights += values;
    }
    block.weights_end = block.weights + values;
    set_constants(block, constants);
    block.output = reinterpret_cast<std::int8_t*>(output + (channel + 1 < p.output_channels ? channel : channel - 1));
    gemm(block);
  }
}

template <class Input, class Output>
void run(const Conv2dDspS8Params& p, const WideConv2dDspOperands<Input, Output>& operands, Gemm gemm) noexcept {
  conv2d_dsp::for_each_strip(
      p, operands.input, operands.scratch,
      [&](const conv2d_dsp::Scratch<Input>& scratch, std::int32_t count, std::int32_t first) noexcept {
        run_strip(p, operands, scratch, count, operands.output + first * p.output_channels, gemm);
      });
}

#if !PUDU_CONV2D_DSP_ASSEMBLY

template <class Input, class Output, WideForm Form, int Units>
void gemm(const Conv2dDspBlock& block) noexcept {
  const std::int32_t values = static_cast<std::int32_t>(block.weights_end - block.weights);
  const WideConstants channels[2] = {
      {block.first.bias, block.first.multiplier, block.second.addend, block.second.shift},
      {block.first.addend, block.first.shift, block.second.addend, block.second.shift}};
  std::int8_t* output = block.output;
  for (const std::int16_t* x = block.x; x != block.end; x += values) {
    for (int position = 0; position < 2; ++position, output += block.stride) {
      for (int channel = 0; channel < 2; ++channel) {
        std::uint32_t sum = 0;
        for (std::int32_t unit = 0; unit < values; unit += 8) {
          for (std::int32_t k = unit; k < unit + 4; ++k) {
            sum += static_cast<std::uint32_t>(x[k + 4 * position] * block.weights[k + 4 * channel]);
          }
        }
        const auto code = apply_wide_form<Input, Output>(Form, channels[channel], static_cast<std::int32_t>(sum));
        std::memcpy(output + channel * static_cast<int>(sizeof code), &code, sizeof code);
      }
    }
  }
}

#endif

}  // namespace pudu::kernels::wide_conv2d_dsp

// All inner loops of one kernel, for the file that defines them to instantiate. The linker keeps those that a model
// calls.
// clang-format off
#define PUDU_WIDE_CONV2D_DSP_INSTANCE(in, out, form, units) \
  template void gemm<in, out, WideForm::form, units>(const Conv2dDspBlock&) noexcept;
#define PUDU_WIDE_CONV2D_DSP_EIGHT(in, out, form, first)      \
  PUDU_WIDE_CONV2D_DSP_INSTANCE(in, out, form, first)         \
  PUDU_WIDE_CONV2D_DSP_INSTANCE(in, out, form, (first) + 1)   \
  PUDU_WIDE_CONV2D_DSP_INSTANCE(in, out, form, (first) + 2)   \
  PUDU_WIDE_CONV2D_DSP_INSTANCE(in, out, form, (first) + 3)   \
  PUDU_WIDE_CONV2D_DSP_INSTANCE(in, out, form, (first) + 4)   \
  PUDU_WIDE_CONV2D_DSP_INSTANCE(in, out, form, (first) + 5)   \
  PUDU_WIDE_CONV2D_DSP_INSTANCE(in, out, form, (first) + 6)   \
  PUDU_WIDE_CONV2D_DSP_INSTANCE(in, out, form, (first) + 7)
#define PUDU_WIDE_CONV2D_DSP_INSTANCES(in, out, form) \
  PUDU_WIDE_CONV2D_DSP_EIGHT(in, out, form, 1)        \
  PUDU_WIDE_CONV2D_DSP_EIGHT(in, out, form, 9)        \
  PUDU_WIDE_CONV2D_DSP_EIGHT(in, out, form, 17)
// clang-format on
