// How far the output of quantize_f32_s8 may lie over its input (kernels/overlap.hpp): element by element.
#pragma once

#include "kernels/overlap.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const QuantizeF32S8Params& p, Isa) noexcept {
  return overlap_by_element(p.count, 4, 1);
}

}  // namespace pudu::kernels
