// How far the output of depthwise_conv2d_5x5_dsp_s8 may lie over its input (kernels/overlap.hpp): four channels go
// through the whole image, two rows of outputs at a time. The twin takes the same groups and rows.
#pragma once

#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const DepthwiseConv2d5x5DspS8Params& p, Isa) noexcept {
  constexpr std::int32_t kernel = 5, slide_rows = 2;
  return overlap_by_slides({p.batches, p.input_h, p.input_w, p.output_h, p.output_w, p.channels, p.channels, kernel,
                            kernel, p.stride_h, p.stride_w, p.pad_top, p.pad_left},
                           p.channels, slide_rows);
}

}  // namespace pudu::kernels
