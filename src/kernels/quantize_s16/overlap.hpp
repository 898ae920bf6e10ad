// How far the output of quantize_f32_s16 may lie over its input (kernels/overlap.hpp): element by element.
#pragma once

#include "kernels/overlap.hpp"
#include "kernels/quantize_s16/quantize_f32_s16.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const QuantizeF32S16Params& p, Isa) noexcept {
  return overlap_by_element(p.count, 4, 2);
}

}  // namespace pudu::kernels
