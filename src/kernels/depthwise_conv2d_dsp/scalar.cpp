// The portable slides of depthwise_conv2d_dsp_s8, which the host runs, over the same values and words of weights.
#include "kernels/depthwise_conv2d_dsp/instances.hpp"
#include "kernels/depthwise_conv2d_dsp/portable_sums.hpp"

#if !PUDU_DEPTHWISE_DSP_ASSEMBLY

namespace pudu::kernels::depthwise_conv2d_dsp {

template <RequantizeForm Form, int Kind>
void slide(const SlideGroup& group) noexcept {
  for (std::int32_t channel = 0; channel < 4; ++channel) {
    const ChannelConstants& constants = group.constants[channel];
    std::int8_t* output = group.output + channel;
    for (std::int32_t i = 0; i < group.positions; ++i, output += group.position_step) {
      if constexpr (Kind == two_rows) {
        std::int32_t sums[2];
        sum_two_rows(group, channel, i, sums);
        output[group.row_step] = apply_form(Form, constants, {}, sums[1]);
        output[0] = apply_form(Form, constants, {}, sums[0]);
      } else if constexpr (Kind == one_row) {
        *output = apply_form(Form, constants, {}, sum_one_row(group, channel, i));
      } else {
        *output = apply_form(Form, constants, {}, sum_stride2(group, channel, i));
      }
    }
  }
}

PUDU_DEPTHWISE_CONV2D_DSP_INSTANCES

}  // namespace pudu::kernels::depthwise_conv2d_dsp

#endif
