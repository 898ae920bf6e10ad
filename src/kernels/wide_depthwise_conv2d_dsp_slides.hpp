// The code of depthwise convolutions of 16-bit codes for the DSP extension around their slides, and the portable
// slides, which the host runs.
#pragma once

#include <cstring>

#include "kernels/depthwise_conv2d_dsp/gather.hpp"
#include "kernels/depthwise_conv2d_dsp/portable_sums.hpp"
#include "kernels/wide_depthwise_conv2d_dsp.hpp"

namespace pudu::kernels::wide_depthwise_conv2d_dsp {

template <class Input, class Output>
depthwise_conv2d_dsp::Work work_of(const WideDepthwiseConv2dDspOperands<Input, Output>& operands) noexcept {
  return {reinterpret_cast<const std::int8_t*>(operands.input),
          operands.weights,
          operands.constants,
          reinterpret_cast<std::int8_t*>(operands.output),
          operands.scratch,
          sizeof(Input),
          sizeof(Output)};
}

template <class Input, class Output>
void run_stride1(const DepthwiseConv2dDspS8Params& p, const WideDepthwiseConv2dDspOperands<Input, Output>& operands,
                 const Slides& rows, const Slides& last) noexcept {
  depthwise_conv2d_dsp::slide_stride1<Input>(p, work_of(operands), rows, last);
}

template <class Input, class Output>
void run_stride2(const DepthwiseConv2dDspS8Params& p, const WideDepthwiseConv2dDspOperands<Input, Output>& operands,
                 const Slides& rows) noexcept {
  depthwise_conv2d_dsp::slide_stride2<Input>(p, work_of(operands), rows);
}

#if !PUDU_DEPTHWISE_DSP_ASSEMBLY

template <class Input, class Output, WideForm Form, int Kind>
void slide(const SlideGroup& group) noexcept {
  for (std::int32_t channel = 0; channel < 4; ++channel) {
    WideConstants constants;
    std::memcpy(&constants, group.constants + channel, sizeof constants);
    const auto write = [&](std::int8_t* to, std::int32_t sum) noexcept {
      const auto code = apply_wide_form<Input, Output>(Form, constants, sum);
      std::memcpy(to, &code, sizeof code);
    };
    std::int8_t* output = group.output + channel * static_cast<std::int32_t>(sizeof(Output));
    for (std::int32_t i = 0; i < group.positions; ++i, output += group.position_step) {
      if constexpr (Kind == depthwise_conv2d_dsp::two_rows) {
        std::int32_t sums[2];
        depthwise_conv2d_dsp::sum_two_rows(group, channel, i, sums);
        write(output + group.row_step, sums[1]);
        write(output, sums[0]);
      } else if constexpr (Kind == depthwise_conv2d_dsp::one_row) {
        write(output, depthwise_conv2d_dsp::sum_one_row(group, channel, i));
      } else {
        write(output, depthwise_conv2d_dsp::sum_stride2(group, channel, i));
      }
    }
  }
}

#endif

}  // namespace pudu::kernels::wide_depthwise_conv2d_dsp

// All slides of one kernel, for the file that defines them to instantiate. The linker keeps those that a model calls.
// clang-format off
#define PUDU_WIDE_SLIDE_INSTANCES(in, out, form)                                       \
  template void slide<in, out, WideForm::form, 1>(const SlideGroup&) noexcept;         \
  template void slide<in, out, WideForm::form, 2>(const SlideGroup&) noexcept;         \
  template void slide<in, out, WideForm::form, 3>(const SlideGroup&) noexcept;
// clang-format on
