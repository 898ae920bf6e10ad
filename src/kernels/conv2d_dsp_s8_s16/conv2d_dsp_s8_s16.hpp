// Convolution of int8 codes to int16 prepared for cores with the DSP extension; kernels/wide_conv2d_dsp.hpp has the
// formula and the blocking.
#pragma once

#include "kernels/wide_conv2d_dsp.hpp"

namespace pudu::kernels {

struct Conv2dDspS8S16 : WideConv2dDsp<std::int8_t, std::int16_t> {
  static constexpr const char* name = "conv2d_dsp_s8_s16";
  static constexpr const char* header = "kernels/conv2d_dsp_s8_s16/conv2d_dsp_s8_s16.hpp";
};
using Conv2dDspS8S16Params = Conv2dDspS8S16::Params;

}  // namespace pudu::kernels
