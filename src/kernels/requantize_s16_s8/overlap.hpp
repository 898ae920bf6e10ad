// How far the output of requantize_s16_s8 may lie over its input (kernels/overlap.hpp): element by element. Codes of 16
// bits lie at even addresses.
#pragma once

#include "kernels/overlap.hpp"
#include "kernels/requantize_s16_s8/requantize_s16_s8.hpp"

namespace pudu::kernels {

constexpr Overlap overlap_of(const RequantizeS16S8Params& p, Isa) noexcept {
  const Overlap any = overlap_by_element(p.count, 2, 1);
  return {any.is_safe, any.least_lead, 2};
}

}  // namespace pudu::kernels
