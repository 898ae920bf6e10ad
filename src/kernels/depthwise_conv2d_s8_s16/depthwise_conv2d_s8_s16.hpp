// int8 to int16 depthwise convolution with int8 weights; the formula is in kernels/wide_layers.hpp.
#pragma once

#include "kernels/wide_layers.hpp"

namespace pudu::kernels {

struct DepthwiseConv2dS8S16 : WideDepthwiseConv2d<std::int8_t, std::int16_t> {
  static constexpr const char* name = "depthwise_conv2d_s8_s16";
  static constexpr const char* header = "kernels/depthwise_conv2d_s8_s16/depthwise_conv2d_s8_s16.hpp";

  static void run(const Params& params, const Operands& operands) noexcept;

  /// Output rows [row_begin, row_end) of one image; `run` is this over every image.
  static void run_rows(const Params& params, const Operands& operands, Rows<const Input> input, Rows<Output> output,
                       std::int32_t row_begin, std::int32_t row_end) noexcept;
};
using DepthwiseConv2dS8S16Params = DepthwiseConv2dS8S16::Params;

}  // namespace pudu::kernels
