// How far the output of conv2d_winograd_rows_dsp_s8 may lie over its input (kernels/overlap.hpp): run.cpp transforms a
// tile, four positions of a row, then writes all of their outputs. The twin takes the same tiles.
#pragma once

#include "kernels/conv2d_winograd_rows_dsp/conv2d_winograd_rows_dsp_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const Conv2dWinogradRowsDspS8Params& p, Isa) noexcept {
  constexpr std::int32_t kernel = 3, tile = 4;
  WindowMeter meter({p.batches, p.input_h, p.input_w, p.output_h, p.output_w, p.input_channels, p.output_channels,
                     kernel, kernel, 1, 1, p.pad_top, p.pad_left});
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t row = 0; row < p.output_h * p.output_w; row += p.output_w) {
      for (std::int32_t x = 0; x < p.output_w; x += tile) {
        // The last tile of a row overlaps the one before.
        const std::int32_t first = row + (x + tile <= p.output_w ? x : p.output_w - tile);
        meter.read(first, first + tile);
        meter.write(first + tile);
      }
    }
  }
  return meter.overlap();
}

}  // namespace pudu::kernels
