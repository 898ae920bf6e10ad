// How far the output of dequantize_s16_f32 may lie over its input (kernels/overlap.hpp): element by element.
#pragma once

#include "kernels/dequantize_s16/dequantize_s16_f32.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const DequantizeS16F32Params& p, Isa) noexcept {
  return overlap_by_element(p.count, 2, 4);
}

}  // namespace pudu::kernels
