// How far the output of conv2d_s8 may lie over its input (kernels/overlap.hpp).
#pragma once

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

namespace conv2d_overlap {

constexpr ImageWindows windows_of(const Conv2dS8Params& p) noexcept {
  return {p.batches,  p.input_h,  p.input_w,  p.output_h, p.output_w, p.input_channels, p.output_channels, p.kernel_h,
          p.kernel_w, p.stride_h, p.stride_w, p.pad_top,  p.pad_left, p.dilation_h,     p.dilation_w};
}

/// A patch of each group is gathered, then all of the group's outputs are written.
constexpr Overlap of_patches(const Conv2dS8Params& p) noexcept {
  const std::int32_t inputs = p.input_channels / p.groups, outputs = p.output_channels / p.groups;
  WindowMeter meter(windows_of(p));
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t position = 0; position < p.output_h * p.output_w; ++position) {
      for (std::int32_t group = 0; group < p.groups; ++group) {
        meter.read(position, position + 1, group * inputs);
        meter.write_bytes(std::int64_t{position} * p.output_channels + (group + 1) * outputs);
      }
    }
  }
  return meter.overlap();
}

/// scalar.cpp
constexpr Overlap of_portable_rows(const Conv2dS8Params& p) noexcept {
  return Conv2dS8::reads_in_place(p) ? overlap_by_channel(windows_of(p), 1) : of_patches(p);
}

/// mve.cpp: four channels at all positions, then the next four, but for patches that serve all channels.
constexpr Overlap of_mve(const Conv2dS8Params& p) noexcept {
  if (p.output_channels / p.groups < 4) return of_portable_rows(p);
  const bool is_one_sweep = Conv2dS8::reads_in_place(p)
                                ? p.output_channels == 4
                                : p.groups == 1 && Conv2dS8::held_channels(p) >= p.output_channels;
  return is_one_sweep ? overlap_by_position(windows_of(p)) : never_overlaps;
}

}  // namespace conv2d_overlap

constexpr Overlap overlap_of(const Conv2dS8Params& params, Isa isa) noexcept {
  return isa == Isa::Mve ? conv2d_overlap::of_mve(params) : conv2d_overlap::of_portable_rows(params);
}

}  // namespace pudu::kernels
