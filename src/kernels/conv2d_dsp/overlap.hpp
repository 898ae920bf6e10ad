// How far the output of conv2d_dsp_s8, and of the convolutions of 16-bit codes with the same strips, may lie over its
// input (kernels/overlap.hpp): a strip of positions is gathered, then all of its outputs are written. The twin takes
// the same strips.
#pragma once

#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

namespace conv2d_dsp {

/// Of codes of so many bytes.
constexpr Overlap overlap_of_strips(const Conv2dDspS8Params& p, std::int64_t input_code,
                                    std::int64_t output_code) noexcept {
  WindowMeter meter({p.batches, p.input_h, p.input_w, p.output_h, p.output_w, input_code * p.input_channels,
                     output_code * p.output_channels, p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.pad_top,
                     p.pad_left});
  const bool copies_image = !Conv2dDspS8::reads_positions_in_order(p) && p.pads_image != 0;
  const std::int32_t positions = p.output_h * p.output_w;
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.begin_image(image);
    if (copies_image) meter.read_bytes(0);
    for (std::int32_t begin = 0; begin < positions;) {
      // As strip_length: strips are even; the last one begins one position earlier for that.
      std::int32_t count = positions - begin;
      if (count >= p.strip_positions) {
        count = p.strip_positions;
      } else if (count % 2 != 0 && positions > 1) {
        if (begin == 0) {
          --count;
        } else {
          --begin, ++count;
        }
      }
      if (!copies_image) meter.read(begin, begin + count);
      begin += count;
      meter.write(begin);
    }
  }
  return meter.overlap(input_code > output_code ? input_code : output_code);
}

}  // namespace conv2d_dsp

constexpr Overlap overlap_of(const Conv2dDspS8Params& params, Isa) noexcept {
  return conv2d_dsp::overlap_of_strips(params, 1, 1);
}

}  // namespace pudu::kernels
