// int16 to int8 convolution with int8 weights; the formula is in kernels/wide_layers.hpp.
#pragma once

#include "kernels/wide_layers.hpp"

namespace pudu::kernels {

struct Conv2dS16S8 : WideConv2d<std::int16_t, std::int8_t> {
  static constexpr const char* name = "conv2d_s16_s8";
  static constexpr const char* header = "kernels/conv2d_s16_s8/conv2d_s16_s8.hpp";

  static void run(const Params& params, const Operands& operands) noexcept;

  /// Output rows [row_begin, row_end) of one image; `run` is this over every image.
  static void run_rows(const Params& params, const Operands& operands, Rows<const Input> input, Rows<Output> output,
                       std::int32_t row_begin, std::int32_t row_end) noexcept;
};
using Conv2dS16S8Params = Conv2dS16S8::Params;

}  // namespace pudu::kernels
