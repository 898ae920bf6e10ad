// How far the output of max_pool2d_s16 may lie over its input (kernels/overlap.hpp): positions one after the other, on
// every ISA.
#pragma once

#include "kernels/max_pool2d_s16/max_pool2d_s16.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const MaxPool2dS16Params& p, Isa) noexcept {
  constexpr std::int64_t element_bytes = 2;
  const std::int64_t pixel = element_bytes * p.channels;
  const Overlap any =
      overlap_by_own_channel({p.batches, p.input_h, p.input_w, p.output_h, p.output_w, pixel, pixel, p.kernel_h,
                              p.kernel_w, p.stride_h, p.stride_w, p.pad_top, p.pad_left, p.dilation_h, p.dilation_w},
                             element_bytes);
  return {any.is_safe, any.least_lead, element_bytes};
}

}  // namespace pudu::kernels
