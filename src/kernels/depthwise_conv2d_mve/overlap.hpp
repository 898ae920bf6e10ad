// How far the output of depthwise_conv2d_mve_s8 may lie over its input (kernels/overlap.hpp). mve.cpp takes eight
// channels through the whole image, then the next eight; the twin takes position by position.
#pragma once

#include "kernels/depthwise_conv2d_mve/depthwise_conv2d_mve_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

namespace depthwise_conv2d_mve {

constexpr ImageWindows windows_of(const DepthwiseConv2dMveS8Params& p) noexcept {
  return {p.batches,  p.input_h,  p.input_w,  p.output_h, p.output_w, p.channels, p.channels,
          p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.pad_top,  p.pad_left};
}

/// Lines of the input stay in scratch as long as outputs need them: each is read once. With joined rows all are read
/// first. Groups that overlap would read what the one before has written over; slides down the image write to all rows.
constexpr Overlap overlap_of_mve(const DepthwiseConv2dMveS8Params& p) noexcept {
  constexpr std::int32_t group = 8;
  const bool is_joined = DepthwiseConv2dMveS8::joins_rows(p);
  if (p.channels % group != 0 || p.slide_down != 0) return never_overlaps;
  WindowMeter meter(windows_of(p));
  const bool has_pairs = p.kernel_h == 3 && p.stride_h == 1;
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.begin_image(image);
    std::int32_t next = -p.pad_top;  // line of the input
    for (std::int32_t row = 0; row < p.output_h;) {
      std::int32_t rows = has_pairs && row + 1 < p.output_h ? 2 : 1;
      if (is_joined) rows = p.output_h;
      const std::int32_t end = (row + rows - 1) * p.stride_h - p.pad_top + p.kernel_h;
      const std::int32_t first = next < 0 ? 0 : next;
      if (first < end && first < p.input_h) meter.read_bytes(first * meter.windows().input_row());
      if (next < end) next = end;
      row += rows;
      meter.write(row * p.output_w);
    }
  }
  return meter.overlap(p.channels > group ? p.channels : 1);
}

}  // namespace depthwise_conv2d_mve

constexpr Overlap overlap_of(const DepthwiseConv2dMveS8Params& p, Isa isa) noexcept {
  using namespace depthwise_conv2d_mve;
  return isa == Isa::Mve ? overlap_of_mve(p) : overlap_by_own_channel(windows_of(p), 1);
}

}  // namespace pudu::kernels
