// How far the output of conv2d_mve_s8 may lie over its input (kernels/overlap.hpp). mve.cpp takes blocks of four
// positions and makes all channels of each; the twin takes position by position.
#pragma once

#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

namespace conv2d_mve {

constexpr ImageWindows windows_of(const Conv2dMveS8Params& p) noexcept {
  return {p.batches,  p.input_h,  p.input_w,  p.output_h, p.output_w, p.input_channels, p.output_channels,
          p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.pad_top,  p.pad_left};
}

/// Positions of all images.
constexpr std::int32_t all_positions(const Conv2dMveS8Params& p) noexcept {
  return p.batches * p.output_h * p.output_w;
}

/// run_in_place: windows are read where they lie, again for each pair of channels. The last of an odd number of
/// channels goes over all blocks once more.
constexpr Overlap overlap_in_place(const Conv2dMveS8Params& p) noexcept {
  if (p.output_channels % 2 != 0) return never_overlaps;
  const std::int32_t positions = all_positions(p);
  OverlapMeter meter;
  for (std::int32_t block = 0; block < positions; block += 4) {
    const std::int64_t begin = block + 4 <= positions ? block : positions - 4;
    meter.read(begin * p.input_channels);
    meter.write((begin + 4) * p.output_channels - 2);
    meter.read(begin * p.input_channels);
    meter.write((begin + 4) * p.output_channels);
  }
  return meter.overlap();
}

/// run_windows, run_few: windows of a strip are copied, then all of its outputs are written.
constexpr Overlap overlap_of_strips(const Conv2dMveS8Params& p) noexcept {
  const ImageWindows windows = windows_of(p);
  const std::int32_t positions = all_positions(p), per_image = windows.positions();
  OverlapMeter meter;
  for (std::int32_t next = 0; next < positions;) {
    std::int32_t count = positions - next;
    if (positions >= 4) {
      if (count < 4) next = positions - 4, count = 4;
      const std::int32_t most = 4 * Conv2dMveS8::strip_blocks(p);
      count = count / 4 * 4 < most ? count / 4 * 4 : most;
    }
    for (std::int32_t position = next; position < next + count; ++position) {
      const std::int32_t image = position / per_image, begin = position - image * per_image;
      const std::int64_t byte = windows.first_byte_of(begin, begin + 1);
      if (byte != ImageWindows::nothing) meter.read(image * windows.input_image() + byte);
    }
    next += count;
    meter.write(std::int64_t{next} * p.output_channels);
  }
  return meter.overlap();
}

/// run_columns: strips of a row.
constexpr Overlap overlap_of_columns(const Conv2dMveS8Params& p) noexcept {
  WindowMeter meter(windows_of(p));
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t row = 0; row < p.output_h * p.output_w; row += p.output_w) {
      for (std::int32_t x = 0; x < p.output_w; x += Conv2dMveS8::strip_positions) {
        if (x + 4 > p.output_w) x = p.output_w - 4;
        const std::int32_t left = p.output_w - x;
        const std::int32_t count = left < Conv2dMveS8::strip_positions ? left : Conv2dMveS8::strip_positions;
        meter.read(row + x, row + x + count);
        meter.write(row + x + count);
      }
    }
  }
  return meter.overlap();
}

constexpr Overlap overlap_of_mve(const Conv2dMveS8Params& p) noexcept {
  // Shared rows go column by column through the image.
  if (Conv2dMveS8::sharing(p) == Conv2dSharing::Rows) return never_overlaps;
  if (Conv2dMveS8::sharing(p) == Conv2dSharing::Columns) return overlap_of_columns(p);
  return Conv2dMveS8::reads_in_place(p) && all_positions(p) >= 4 ? overlap_in_place(p) : overlap_of_strips(p);
}

}  // namespace conv2d_mve

constexpr Overlap overlap_of(const Conv2dMveS8Params& p, Isa isa) noexcept {
  return isa == Isa::Mve ? conv2d_mve::overlap_of_mve(p) : overlap_by_channel(conv2d_mve::windows_of(p), 1);
}

}  // namespace pudu::kernels
