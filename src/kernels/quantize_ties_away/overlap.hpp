// How far the output of quantize_ties_away_f32_s8 may lie over its input (kernels/overlap.hpp): element by element.
#pragma once

#include "kernels/overlap.hpp"
#include "kernels/quantize_ties_away/quantize_ties_away_f32_s8.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const QuantizeTiesAwayF32S8Params& p, Isa) noexcept {
  return overlap_by_element(p.count, 4, 1);
}

}  // namespace pudu::kernels
