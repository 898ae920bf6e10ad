// How far the output of depthwise_conv2d_dsp_s8, and of those of 16-bit codes with the same slides, may lie over its
// input (kernels/overlap.hpp): four channels go through the whole image, the rows of a slide at a time. The twin takes
// the same groups and slides.
#pragma once

#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

namespace depthwise_conv2d_dsp {

/// Of codes of so many bytes. Slides down the image write to all of its rows; where codes have two widths, groups of
/// channels would meet others.
constexpr Overlap overlap_of_slides(const DepthwiseConv2dDspS8Params& p, std::int64_t input_code,
                                    std::int64_t output_code) noexcept {
  constexpr std::int32_t kernel = 3;
  if (p.slide_down != 0 || input_code != output_code) return never_overlaps;
  return overlap_by_slides({p.batches, p.input_h, p.input_w, p.output_h, p.output_w, input_code * p.channels,
                            output_code * p.channels, kernel, kernel, p.stride_h, p.stride_w, p.pad_top, p.pad_left},
                           p.channels, p.stride_h == 1 ? 2 : 1);
}

}  // namespace depthwise_conv2d_dsp

constexpr Overlap overlap_of(const DepthwiseConv2dDspS8Params& params, Isa) noexcept {
  return depthwise_conv2d_dsp::overlap_of_slides(params, 1, 1);
}

}  // namespace pudu::kernels
