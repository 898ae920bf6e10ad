// Runs in the compiler and in tests: the plane of add_dsp_s8 for parameters of add_s8.
//
// For given multipliers, each of the 65,536 pairs of codes bounds the addend, from below where its output must be
// reached and from above where the next must not. The width of what is left is a concave function of both multipliers,
// so a search that halves its steps climbs to the best ones; an addend within the bounds is proved for all pairs.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/add/add_element.hpp"
#include "kernels/add_dsp/add_dsp_s8.hpp"

namespace pudu::kernels::add_dsp {

/// Outputs of add_s8 for all pairs: [x1 + 128][x2 + 128].
struct OutputTable {
  std::int8_t outputs[256][256];
};

inline void fill_table(const AddS8Params& params, OutputTable& table) noexcept {
  for (std::int32_t x1 = 0; x1 < 256; ++x1) {
    for (std::int32_t x2 = 0; x2 < 256; ++x2) table.outputs[x1][x2] = add_element(params, x1 - 128, x2 - 128);
  }
}

/// The addends that are right; none when high < low.
struct AddendBounds {
  std::int64_t low = INT32_MIN;
  std::int64_t high = INT32_MAX;
  std::int64_t width() const noexcept { return high - low; }
};

inline AddendBounds addend_bounds(const OutputTable& table, std::int64_t m1, std::int64_t m2,
                                  std::int32_t shift) noexcept {
  AddendBounds bounds;
  const std::int64_t one = std::int64_t{1} << shift;
  for (std::int32_t x1 = -128; x1 < 128; ++x1) {
    for (std::int32_t x2 = -128; x2 < 128; ++x2) {
      const std::int64_t y = table.outputs[x1 + 128][x2 + 128], sum = m1 * x1 + m2 * x2;
      const std::int64_t low = y > -128 ? y * one - sum : INT32_MIN - sum;
      const std::int64_t high = y < 127 ? (y + 1) * one - 1 - sum : INT32_MAX - sum;
      bounds.low = low > bounds.low ? low : bounds.low;
      bounds.high = high < bounds.high ? high : bounds.high;
    }
  }
  return bounds;
}

/// Multipliers that are looked at, of each shift: nearly all quantizations have a plane close to the real factors.
inline constexpr int most_tries = 60;

/// False when no plane with this shift is found to be exact. `params.count` is not touched.
inline bool fit_plane(const AddS8Params& source, const OutputTable& table, std::int32_t shift,
                      AddDspS8Params& params) noexcept {
  if (source.activation_min != -128 || source.activation_max != 127) return false;
  const auto factor = [&](std::int32_t multiplier, std::int32_t exponent) {
    const double input = std::ldexp(static_cast<double>(multiplier), exponent - 31 + AddS8::left_shift);
    const double output = std::ldexp(static_cast<double>(source.output_multiplier), source.output_shift - 31);
    return std::ldexp(input * output, shift);
  };
  const double real1 = factor(source.input1_multiplier, source.input1_shift);
  const double real2 = factor(source.input2_multiplier, source.input2_shift);
  if (!(std::abs(real1) < 1 << 24) || !(std::abs(real2) < 1 << 24)) return false;
  std::int64_t m1 = std::llround(real1), m2 = std::llround(real2);
  AddendBounds best = addend_bounds(table, m1, m2, shift);
  int tries = 0;
  for (std::int64_t step = 16; step > 0 && tries < most_tries;) {
    bool climbs = false;
    for (std::int64_t direction = 0; direction < 9 && best.width() < 0; ++direction) {
      const std::int64_t next1 = m1 + (direction / 3 - 1) * step, next2 = m2 + (direction % 3 - 1) * step;
      const AddendBounds bounds = addend_bounds(table, next1, next2, shift);
      ++tries;
      if (bounds.width() <= best.width()) continue;
      best = bounds, m1 = next1, m2 = next2, climbs = true;
    }
    if (best.width() >= 0) break;
    if (!climbs) step /= 2;
  }
  if (best.width() < 0) return false;
  params.multiplier1 = static_cast<std::int32_t>(m1), params.multiplier2 = static_cast<std::int32_t>(m2);
  params.addend = static_cast<std::int32_t>(best.low + best.width() / 2), params.shift = shift;
  return true;
}

}  // namespace pudu::kernels::add_dsp
