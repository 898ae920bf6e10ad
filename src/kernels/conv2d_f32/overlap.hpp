// How far the output of conv2d_f32 may lie over its input (kernels/overlap.hpp): each output reads its whole window.
#pragma once

#include "kernels/conv2d_f32/conv2d_f32.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const Conv2dF32Params& p, Isa) noexcept {
  constexpr std::int64_t element_bytes = 4;
  return overlap_by_channel({p.batches, p.input_h, p.input_w, p.output_h, p.output_w, element_bytes * p.input_channels,
                             element_bytes * p.output_channels, p.kernel_h, p.kernel_w, p.stride_h, p.stride_w,
                             p.pad_top, p.pad_left, p.dilation_h, p.dilation_w},
                            element_bytes);
}

}  // namespace pudu::kernels
