// Two products per multiplication, for cores without DSP: a word X = a + 65536 b holds two codes (two pixels, or two
// weights), and w X holds w a and w b. Added up mod 2^32, both sums can be told apart as long as each stays within 16
// bits, which is known ahead of time, because weights are constant: a `run` of taps ends before it could overflow.
//
// At a run's end its sum T is split: high = (T + 2^15) >> 16, and what is left is the lower. Over several runs G adds
// up T mod 2^32 and H the highs; then the upper sum is H and the lower G - (H << 16), exactly, in 32 bits.
#pragma once

#include <cstdint>

namespace pudu::kernels {

/// Two codes in a word.
constexpr std::uint32_t lane_word(std::int32_t low, std::int32_t high) noexcept {
  return static_cast<std::uint32_t>(low) + (static_cast<std::uint32_t>(high) << 16);
}

/// The upper sum of one run.
constexpr std::int32_t upper_lane(std::uint32_t sum) noexcept {
  return static_cast<std::int32_t>(sum + 0x8000U) >> 16;
}

/// Weights of a run so far.
struct LaneRun {
  std::int32_t positive = 0, negative = 0;  ///< sums of magnitudes

  constexpr void add(std::int32_t weight) noexcept {
    if (weight > 0) positive += weight;
    if (weight < 0) negative -= weight;
  }
  /// No int8 codes make a sum beyond 16 bits, nor -32768, from which a negative lower lane would borrow out of the
  /// word.
  constexpr bool fits() const noexcept {
    return 127 * positive + 128 * negative <= 32767 && 128 * positive + 127 * negative <= 32767;
  }
};

/// The sums of lanes over runs.
struct LaneSums {
  std::uint32_t total = 0;  ///< G
  std::int32_t upper = 0;   ///< H

  constexpr void add_run(std::uint32_t sum) noexcept {
    total += sum;
    upper += upper_lane(sum);
  }
  constexpr std::int32_t lower() const noexcept {
    return static_cast<std::int32_t>(total - (static_cast<std::uint32_t>(upper) << 16));
  }
};

}  // namespace pudu::kernels
