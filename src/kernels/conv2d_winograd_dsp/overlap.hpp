// How far the output of conv2d_winograd_dsp_s8 may lie over its input (kernels/overlap.hpp): run.cpp transforms a strip
// of pairs of tiles, then writes their outputs, which lie in two rows.
#pragma once

#include "kernels/conv2d_winograd_dsp/conv2d_winograd_dsp_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const Conv2dWinogradDspS8Params& p, Isa) noexcept {
  constexpr std::int32_t kernel = 3, pair_columns = 4, pair_rows = 2;
  WindowMeter meter({p.batches, p.input_h, p.input_w, p.output_h, p.output_w, p.input_channels, p.output_channels,
                     kernel, kernel, 1, 1, p.pad_top, p.pad_left});
  const std::int32_t strip_pairs = p.weight_bits == 8 ? p.strip_pairs : 1;
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.begin_image(image);
    std::int32_t y = 0, x = 0, in_strip = 0;
    std::int64_t end = 0;
    while (y >= 0) {
      if (in_strip == strip_pairs) in_strip = 0, meter.write_bytes(end);
      const std::int32_t first = y * p.output_w + x;
      meter.read(first, first + pair_columns);
      // The second row's windows are read with the first's.
      if (p.output_h > 1) meter.read(first + p.output_w, first + p.output_w + pair_columns);
      const std::int32_t last_row = p.output_h > 1 ? y + 1 : y;
      const std::int64_t tiles_end = (std::int64_t{last_row} * p.output_w + x + pair_columns) * p.output_channels;
      if (tiles_end > end) end = tiles_end;
      ++in_strip;
      // As Tiles::behind: the last tiles of a row or column overlap those before them.
      if (x < p.output_w - pair_columns) {
        x = x + 2 * pair_columns <= p.output_w ? x + pair_columns : p.output_w - pair_columns;
      } else if (y < p.output_h - pair_rows) {
        y = y + 2 * pair_rows <= p.output_h ? y + pair_rows : p.output_h - pair_rows, x = 0;
      } else {
        y = -1;
      }
    }
    meter.write_bytes(end);
  }
  return meter.overlap();
}

}  // namespace pudu::kernels
