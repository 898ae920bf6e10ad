// How far the output of depthwise_conv2d_5x5_dsp_s8 may lie over its input (kernels/overlap.hpp): four channels go
// through the whole image, then the next four. Within a group, the rows under two rows of outputs are gathered, then
// both are written. The twin takes the same groups and rows.
#pragma once

#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

/// Groups that overlap would read what the one before has written over.
constexpr Overlap overlap_of(const DepthwiseConv2d5x5DspS8Params& p, Isa) noexcept {
  constexpr std::int32_t kernel = 5, group = 4, slide_rows = 2;
  if (p.channels % group != 0) return never_overlaps;
  WindowMeter meter({p.batches, p.input_h, p.input_w, p.output_h, p.output_w, p.channels, p.channels, kernel, kernel,
                     p.stride_h, p.stride_w, p.pad_top, p.pad_left});
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
