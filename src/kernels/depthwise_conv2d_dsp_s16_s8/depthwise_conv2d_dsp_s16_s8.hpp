// Depthwise convolution of int16 codes to int8 prepared for cores with the DSP extension:
// kernels/wide_depthwise_conv2d_dsp.hpp for its codes.
#pragma once

#include "kernels/wide_depthwise_conv2d_dsp.hpp"

namespace pudu::kernels {

struct DepthwiseConv2dDspS16S8 : WideDepthwiseConv2dDsp<std::int16_t, std::int8_t> {
  static constexpr const char* name = "depthwise_conv2d_dsp_s16_s8";
  static constexpr const char* header = "kernels/depthwise_conv2d_dsp_s16_s8/depthwise_conv2d_dsp_s16_s8.hpp";
};
using DepthwiseConv2dDspS16S8Params = DepthwiseConv2dDspS16S8::Params;

}  // namespace pudu::kernels
