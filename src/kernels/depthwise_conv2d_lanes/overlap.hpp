// How far the output of depthwise_conv2d_lanes_s8 may lie over its input (kernels/overlap.hpp): all of a channel's
// image is copied to a plane, then all of its outputs are written, channel by channel.
#pragma once

#include "kernels/depthwise_conv2d_lanes/depthwise_conv2d_lanes_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const DepthwiseConv2dLanesS8Params& p, Isa) noexcept {
  const std::int64_t input = std::int64_t{p.input_h} * p.input_w * p.channels;
  const std::int64_t output = std::int64_t{p.output_h} * p.output_w * p.channels;
  OverlapMeter meter;
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.read(image * input);
    meter.write((image + 1) * output);
  }
  return meter.overlap(p.channels);
}

}  // namespace pudu::kernels
