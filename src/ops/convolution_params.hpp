// The fields that the kernels of all convolutions have, plain, depthwise and transposed.
#pragma once

#include <cstdint>

#include "ops/quantized.hpp"

namespace pudu::ops {

/// Params with sizes, strides, padding and dilation of a Geometry; all else is 0. Geometry has batches, input,
/// input_channels, output, output_channels, kernel, stride, pad_begin and dilation, height before width.
template <class Params, class Geometry>
Params window_params(const Geometry& geometry) {
  const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
  Params params{};
  params.batches = narrow(geometry.batches);
  params.input_h = narrow(geometry.input[0]);
  params.input_w = narrow(geometry.input[1]);
  params.input_channels = narrow(geometry.input_channels);
  params.output_h = narrow(geometry.output[0]);
  params.output_w = narrow(geometry.output[1]);
  params.output_channels = narrow(geometry.output_channels);
  params.kernel_h = narrow(geometry.kernel[0]);
  params.kernel_w = narrow(geometry.kernel[1]);
  params.stride_h = narrow(geometry.stride[0]);
  params.stride_w = narrow(geometry.stride[1]);
  params.pad_top = narrow(geometry.pad_begin[0]);
  params.pad_left = narrow(geometry.pad_begin[1]);
  params.dilation_h = narrow(geometry.dilation[0]);
  params.dilation_w = narrow(geometry.dilation[1]);
  return params;
}

/// Sets what quantization gives: offsets of both zero points and the range of the fused activation.
template <class Params>
void set_quantization(const ir::QuantParams& input, const ir::QuantParams& output, CodeRange activation,
                      Params& params) {
  params.input_offset = -input.zero_point;
  params.output_offset = output.zero_point;
  if constexpr (requires { params.activation_min; }) {
    params.activation_min = activation.min;
    params.activation_max = activation.max;
  } else {
    params.output_min = activation.min;
    params.output_max = activation.max;
  }
}

}  // namespace pudu::ops
