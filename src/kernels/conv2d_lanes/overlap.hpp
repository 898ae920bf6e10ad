// How far the output of conv2d_lanes_s8 may lie over its input (kernels/overlap.hpp): run.cpp gathers a strip of blocks
// of positions, then writes all of their outputs.
#pragma once

#include "kernels/conv2d_lanes/conv2d_lanes_s8.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const Conv2dLanesS8Params& p, Isa) noexcept {
  constexpr std::int32_t block = Conv2dLanesS8::block_positions;
  WindowMeter meter({p.batches, p.input_h, p.input_w, p.output_h, p.output_w, p.input_channels, p.output_channels,
                     p.kernel_h, p.kernel_w, p.stride_h, p.stride_w, p.pad_top, p.pad_left});
  const std::int32_t count = Conv2dLanesS8::positions(p);
  for (std::int32_t image = 0; image < p.batches; ++image) {
    meter.begin_image(image);
    for (std::int32_t begin = 0; begin < count;) {
      const std::int32_t end = begin + p.strip_blocks * block;
      // Is a part of a block left, so begins the last one earlier.
      const std::int32_t rest = end > count ? (count - begin) % block : 0;
      const bool steps_back = rest != 0 && count > block;
      const std::int32_t last = steps_back && count - block < begin ? count - block : begin;
      meter.read(last, end < count ? end : count);
      begin = end < count ? end : count;
      meter.write(begin);
    }
  }
  return meter.overlap();
}

}  // namespace pudu::kernels
