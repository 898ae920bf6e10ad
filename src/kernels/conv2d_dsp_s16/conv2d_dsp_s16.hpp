// int16 convolution prepared for cores with the DSP extension; kernels/wide_conv2d_dsp.hpp has the formula and the
// blocking.
#pragma once

#include "kernels/wide_conv2d_dsp.hpp"

namespace pudu::kernels {

struct Conv2dDspS16 : WideConv2dDsp<std::int16_t, std::int16_t> {
  static constexpr const char* name = "conv2d_dsp_s16";
  static constexpr const char* header = "kernels/conv2d_dsp_s16/conv2d_dsp_s16.hpp";
};
using Conv2dDspS16Params = Conv2dDspS16::Params;

}  // namespace pudu::kernels
