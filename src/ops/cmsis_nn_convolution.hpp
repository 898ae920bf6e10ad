// Convolutions for CMSIS-NN: which of them its wrappers compute exactly, see cmsis_nn_convolution.cpp.
#pragma once

#include "kernels/linear/linear_s8.hpp"
#include "ops/cmsis_nn_call.hpp"

namespace pudu::ops {

CmsisNnChoice choose_convolution(const kernels::Conv2dS8Params& params, const targets::TargetConfig& target);
CmsisNnChoice choose_depthwise(const kernels::DepthwiseConv2dS8Params& params, const targets::TargetConfig& target);

/// A linear layer as the 1x1 convolution over [batches, 1, 1, input features]; the weights are the same bytes.
kernels::Conv2dS8Params as_convolution(const kernels::LinearS8Params& params);

/// True when each of `outputs` windows along a dimension has a tap inside of the input.
constexpr bool every_window_meets(std::int32_t input, std::int32_t outputs, std::int32_t kernel, std::int32_t stride,
                                  std::int32_t pad_before) noexcept {
  return pad_before < kernel && static_cast<std::int64_t>(outputs - 1) * stride - pad_before < input;
}

}  // namespace pudu::ops
