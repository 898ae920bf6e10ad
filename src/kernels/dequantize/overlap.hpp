// How far the output of dequantize_s8_f32 may lie over its input (kernels/overlap.hpp): element by element.
#pragma once

#include "kernels/dequantize/dequantize_s8_f32.hpp"
#include "kernels/overlap.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const DequantizeS8F32Params& p, Isa) noexcept {
  return overlap_by_element(p.count, 1, 4);
}

}  // namespace pudu::kernels
