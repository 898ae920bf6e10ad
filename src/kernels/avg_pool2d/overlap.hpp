// How far the output of avg_pool2d_s8 may lie over its input (kernels/overlap.hpp): positions one after the other, on
// every ISA.
#pragma once

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

/// `element_bytes`: avg_pool2d_f32 has the same parameters and order.
constexpr Overlap overlap_of(const AvgPool2dS8Params& p, Isa, std::int32_t element_bytes = 1) noexcept {
  const std::int64_t pixel = std::int64_t{p.channels} * element_bytes;
  return overlap_by_own_channel({p.batches, p.input_h, p.input_w, p.output_h, p.output_w, pixel, pixel, p.kernel_h,
                                 p.kernel_w, p.stride_h, p.stride_w, p.pad_top, p.pad_left},
                                element_bytes);
}

}  // namespace pudu::kernels
