// From the operands of a kernel to what the host's loops take: the layer's weights and constants in plain order. What
// was folded into the constants when they were prepared stays there, so a fault of the preparation is a fault here,
// too. The operands are such as ops::check_calls accepts. Nothing where the loops do not do what the kernel does.
#pragma once

#include <cstdint>
#include <optional>

#include "host_kernels/convolution.hpp"
#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/conv2d_lanes/conv2d_lanes_s8.hpp"
#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/conv2d_winograd_dsp/conv2d_winograd_dsp_s8.hpp"
#include "kernels/conv2d_winograd_rows_dsp/conv2d_winograd_rows_dsp_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_lanes/depthwise_conv2d_lanes_s8.hpp"
#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_dsp/linear_dsp_s8.hpp"
#include "kernels/linear_mve/linear_mve_s8.hpp"

namespace pudu::host_kernels {

using Unpacked = std::optional<LayerConstants>;

// unpack_plain.cpp
Unpacked unpack(const kernels::Conv2dS8Params& params, const kernels::Conv2dS8Operands& operands);
Unpacked unpack(const kernels::DepthwiseConv2dS8Params& params, const kernels::DepthwiseConv2dS8Operands& operands);
Unpacked unpack(const kernels::LinearS8Params& params, const kernels::LinearS8Operands& operands);

// unpack_mve.cpp
Unpacked unpack(const kernels::Conv2dMveS8Params& params, const kernels::Conv2dMveS8Operands& operands);
Unpacked unpack(const kernels::DepthwiseConv2dMveS8Params& params,
                const kernels::DepthwiseConv2dMveS8Operands& operands);
Unpacked unpack(const kernels::LinearMveS8Params& params, const kernels::LinearMveS8Operands& operands);

// unpack_dsp.cpp
Unpacked unpack(const kernels::Conv2dDspS8Params& params, const kernels::Conv2dDspS8Operands& operands);
Unpacked unpack(const kernels::Conv2dWinogradDspS8Params& params, const kernels::Conv2dWinogradDspS8Operands& operands);
Unpacked unpack(const kernels::Conv2dWinogradRowsDspS8Params& params,
                const kernels::Conv2dWinogradRowsDspS8Operands& operands);
Unpacked unpack(const kernels::DepthwiseConv2dDspS8Params& params,
                const kernels::DepthwiseConv2dDspS8Operands& operands);
Unpacked unpack(const kernels::DepthwiseConv2d5x5DspS8Params& params,
                const kernels::DepthwiseConv2d5x5DspS8Operands& operands);
Unpacked unpack(const kernels::LinearDspS8Params& params, const kernels::LinearDspS8Operands& operands);

// unpack_lanes.cpp
Unpacked unpack(const kernels::Conv2dLanesS8Params& params, const kernels::Conv2dLanesS8Operands& operands);
Unpacked unpack(const kernels::DepthwiseConv2dLanesS8Params& params,
                const kernels::DepthwiseConv2dLanesS8Operands& operands);

/// Zero point and clamp of form General, by the names that all kernels share.
template <class Params>
void set_output(const Params& params, ChannelScaling& scaling) {
  scaling.output_offset = params.output_offset;
  if constexpr (requires { params.activation_min; }) {
    scaling.activation_min = params.activation_min, scaling.activation_max = params.activation_max;
  }
}

/// The images of a call, by the names that all kernels share; `window` where the kernel's extent is no parameter.
template <class Params>
WindowGeometry geometry_of(const Params& p, std::int32_t window) {
  WindowGeometry g;
  g.kernel_h = g.kernel_w = window;
  if constexpr (requires { p.input_features; }) {
    g.input_w = g.output_w = p.batches;
    g.input_channels = p.input_features, g.output_channels = p.output_features;
  } else {
    g.batches = p.batches;
    g.input_h = p.input_h, g.input_w = p.input_w;
    g.output_h = p.output_h, g.output_w = p.output_w;
    if constexpr (requires { p.stride_h; }) g.stride_h = p.stride_h, g.stride_w = p.stride_w;
    g.pad_top = p.pad_top, g.pad_left = p.pad_left;
    if constexpr (requires { p.channels; }) {
      g.input_channels = g.output_channels = p.channels;
    } else {
      g.input_channels = p.input_channels, g.output_channels = p.output_channels;
    }
    if constexpr (requires { p.kernel_h; }) g.kernel_h = p.kernel_h, g.kernel_w = p.kernel_w;
    if constexpr (requires { p.dilation_h; }) g.dilation_h = p.dilation_h, g.dilation_w = p.dilation_w;
    if constexpr (requires { p.pad_value; }) g.pad_value = p.pad_value;
    if constexpr (requires { p.input_offset; }) g.pad_value = -p.input_offset;
  }
  return g;
}

}  // namespace pudu::host_kernels
