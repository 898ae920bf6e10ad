// How far the output of depthwise_conv2d_dsp_s8 may lie over its input (kernels/overlap.hpp): four channels go through
// the whole image, then the next four. Within a group, rows under a slide are gathered, then its outputs are written.
// The twin takes the same groups and slides.
#pragma once

#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

/// Groups that overlap would read what the one before has written over; slides down the image write to all of its rows.
constexpr Overlap overlap_of(const DepthwiseConv2dDspS8Params& p, Isa) noexcept {
  constexpr std::int32_t kernel = 3, group = 4;
  if (p.channels % group != 0 || p.slide_down != 0) return never_overlaps;
  WindowMeter meter({p.batches, p.input_h, p.input_w, p.output_h, p.output_w, p.channels, p.channels, kernel, kernel,
                     p.stride_h, p.stride_w, p.pad_top, p.pad_left});
  const std::int32_t slide_rows = p.stride_h == 1 ? 2 : 1;
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t row = 0; row < p.output_h; row += slide_rows) {
      const std::int32_t end = row + slide_rows < p.output_h ? row + slide_rows : p.output_h;
      meter.read(row * p.output_w, end * p.output_w);
      meter.write(end * p.output_w);
    }
  }
  return meter.overlap(p.channels > group ? p.channels : 1);
}

}  // namespace pudu::kernels
