// Convolution of int16 codes to int8 prepared for cores with the DSP extension; kernels/wide_conv2d_dsp.hpp has the
// formula and the blocking.
#pragma once

#include "kernels/wide_conv2d_dsp.hpp"

namespace pudu::kernels {

struct Conv2dDspS16S8 : WideConv2dDsp<std::int16_t, std::int8_t> {
  static constexpr const char* name = "conv2d_dsp_s16_s8";
  static constexpr const char* header = "kernels/conv2d_dsp_s16_s8/conv2d_dsp_s16_s8.hpp";
};
using Conv2dDspS16S8Params = Conv2dDspS16S8::Params;

}  // namespace pudu::kernels
