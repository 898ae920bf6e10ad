// Depthwise convolution of int8 codes to int16 prepared for cores with the DSP extension:
// kernels/wide_depthwise_conv2d_dsp.hpp for its codes.
#pragma once

#include "kernels/wide_depthwise_conv2d_dsp.hpp"

namespace pudu::kernels {

struct DepthwiseConv2dDspS8S16 : WideDepthwiseConv2dDsp<std::int8_t, std::int16_t> {
  static constexpr const char* name = "depthwise_conv2d_dsp_s8_s16";
  static constexpr const char* header = "kernels/depthwise_conv2d_dsp_s8_s16/depthwise_conv2d_dsp_s8_s16.hpp";
};
using DepthwiseConv2dDspS8S16Params = DepthwiseConv2dDspS8S16::Params;

}  // namespace pudu::kernels
