// The portable rows of depthwise_conv2d_s8, which other ISAs run where they have nothing better.
#pragma once

#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"

namespace pudu::kernels {

/// As DepthwiseConv2dS8::run_rows.
void depthwise_rows_scalar(const DepthwiseConv2dS8Params& params, const DepthwiseConv2dS8Operands& operands,
                           Rows<const std::int8_t> input, Rows<std::int8_t> output, std::int32_t row_begin,
                           std::int32_t row_end) noexcept;

}  // namespace pudu::kernels
