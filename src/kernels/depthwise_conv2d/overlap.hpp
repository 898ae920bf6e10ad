// How far the output of depthwise_conv2d_s8 may lie over its input (kernels/overlap.hpp).
#pragma once

#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

namespace depthwise_conv2d_overlap {

constexpr ImageWindows windows_of(const DepthwiseConv2dS8Params& p) noexcept {
  return {p.batches,  p.input_h,  p.input_w,  p.output_h, p.output_w, p.input_channels, p.output_channels, p.kernel_h,
          p.kernel_w, p.stride_h, p.stride_w, p.pad_top,  p.pad_left, p.dilation_h,     p.dilation_w};
}

/// scalar.cpp: all channels of a position, the outputs of an input channel a few at a time.
constexpr Overlap of_portable_rows(const DepthwiseConv2dS8Params& p) noexcept {
  if (p.depth_multiplier == 1) return overlap_by_own_channel(windows_of(p), 1);
  WindowMeter meter(windows_of(p));
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t position = 0; position < p.output_h * p.output_w; ++position) {
      std::int64_t end = std::int64_t{position} * p.output_channels;
      for (std::int32_t channel = 0; channel < p.input_channels; ++channel) {
        meter.read(position, position + 1, channel);
        end += p.depth_multiplier;
        meter.write_bytes(end - 1);
        meter.read(position, position + 1, channel);
        meter.write_bytes(end);
      }
    }
  }
  return meter.overlap();
}

/// mve.cpp: sixteen channels at all positions, then the next sixteen.
inline constexpr std::int32_t mve_channels = 16;
inline constexpr std::int32_t mve_most_taps = 64;

}  // namespace depthwise_conv2d_overlap

constexpr Overlap overlap_of(const DepthwiseConv2dS8Params& p, Isa isa) noexcept {
  using namespace depthwise_conv2d_overlap;
  if (isa != Isa::Mve || p.depth_multiplier != 1 || p.kernel_h * p.kernel_w > mve_most_taps) return of_portable_rows(p);
  return overlap_by_position(windows_of(p), p.output_channels > mve_channels ? p.output_channels : 1);
}

}  // namespace pudu::kernels
