// How far the output of depthwise_conv2d_dsp_s8 may lie over its input (kernels/overlap.hpp): four channels go through
// the whole image, the rows of a slide at a time. The twin takes the same groups and slides.
#pragma once

#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

/// Slides down the image write to all of its rows.
constexpr Overlap overlap_of(const DepthwiseConv2dDspS8Params& p, Isa) noexcept {
  constexpr std::int32_t kernel = 3;
  if (p.slide_down != 0) return never_overlaps;
  return overlap_by_slides({p.batches, p.input_h, p.input_w, p.output_h, p.output_w, p.channels, p.channels, kernel,
                            kernel, p.stride_h, p.stride_w, p.pad_top, p.pad_left},
                           p.channels, p.stride_h == 1 ? 2 : 1);
}

}  // namespace pudu::kernels
