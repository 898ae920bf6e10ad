// Runs in the compiler: the constants of requantize_lanes.hpp for one channel, with the proof that they give the bytes
// of the formula for every sum that can come.
//
// Output q = i - 127 is reached at the smallest sum T(i), U(i) = T(i) - T(0). With B = 24 + k, floor((U m + b) / 2^B)
// steps to i there and nowhere before exactly when
//   i 2^B - U(i) m <= b < i 2^B - (U(i) - 1) m     for all i,
// so for a given m the b's are an interval, whose width is concave in 1/m: a ternary search as in requantize_fit.hpp. b
// is a multiple of 2^k, so that it can be added after the parts of the product were shifted. Both sides are monotone,
// so the 255 thresholds prove all sums.
#pragma once

#include <cstdint>

#include "kernels/requantize_fit.hpp"
#include "kernels/requantize_lanes.hpp"

namespace pudu::kernels {

namespace fit {

/// What the search needs of a channel and a form.
struct LanesProblem {
  Thresholds thresholds;
  std::int64_t lowest, highest;  ///< sums that can come
  std::int64_t pivot;            ///< u of the first sum that is not negative
  std::int32_t first_above;      ///< thresholds from here on belong to outputs above the zero point
  std::int32_t fraction_bits;    ///< B
  std::int64_t unit;             ///< 2^k

  std::int64_t distance(std::int32_t i) const noexcept { return thresholds.first[i] - thresholds.first[0]; }
};

/// b for outputs above the zero point, and for the others.
struct LanesIntervals {
  BiasInterval above, below;

  /// Below 0 when a side has none.
  std::int64_t width() const noexcept { return above.width() < below.width() ? above.width() : below.width(); }
};

inline LanesIntervals lanes_intervals(const LanesProblem& problem, std::int64_t m) noexcept {
  constexpr std::int64_t unbounded = std::int64_t{1} << 60;
  LanesIntervals intervals{{-unbounded, unbounded}, {-unbounded, unbounded}};
  const std::int64_t one = std::int64_t{1} << problem.fraction_bits;
  const auto raise = [](BiasInterval& interval, std::int64_t low) {
    if (low > interval.low) interval.low = low;
  };
  const auto lower = [](BiasInterval& interval, std::int64_t high) {
    if (high < interval.high) interval.high = high;
  };
  for (std::int32_t i = 0; i < 255; ++i) {
    BiasInterval& interval = i >= problem.first_above ? intervals.above : intervals.below;
    const std::int64_t first = problem.thresholds.first[i], low = i * one - problem.distance(i) * m;
    if (first <= problem.highest) raise(interval, low);
    if (first > problem.lowest) lower(interval, low + m - 1);
  }
  // No output 128, and both sides meet within the zero point's own step.
  lower(intervals.above, 255 * one - problem.distance(254) * m - 1);
  if (problem.first_above > 0) raise(intervals.above, (problem.first_above - 1) * one - problem.pivot * m);
  if (problem.first_above > 0 && problem.pivot > 0) {
    lower(intervals.below, problem.first_above * one - (problem.pivot - 1) * m - 1);
  }
  return intervals;
}

/// The offset of the middle of an interval; false when it holds no multiple of the unit.
inline bool lanes_offset(const LanesProblem& problem, const BiasInterval& interval, std::uint32_t& offset) noexcept {
  if (interval.low > interval.high) return false;
  const std::int64_t middle = interval.low + interval.width() / 2;
  std::int64_t b = middle - (middle % problem.unit + problem.unit) % problem.unit;
  if (b < interval.low) b += problem.unit;
  if (b > interval.high) return false;
  // i = q + 127, and the byte wanted is that of q.
  offset = static_cast<std::uint32_t>(static_cast<std::uint64_t>(b / problem.unit)) + (std::uint32_t{129} << 24);
  return true;
}

constexpr std::int32_t lanes_fraction_bits(LanesForm form) noexcept {
  return form == LanesForm::Narrow ? 29 : (form == LanesForm::Medium ? 32 : 40);
}
/// Of m, so that no part of the product overflows.
constexpr std::int64_t lanes_largest_multiplier(LanesForm form) noexcept {
  return form == LanesForm::Narrow ? (std::int64_t{1} << 27) - 1
                                   : (form == LanesForm::Medium ? INT64_C(16843009) : (std::int64_t{1} << 32) - 1);
}

inline LanesProblem lanes_problem(const ChannelRequantization& c, LanesForm form) noexcept {
  LanesProblem problem{};
  problem.thresholds = find_thresholds(c);
  problem.lowest = c.lowest, problem.highest = c.highest;
  problem.first_above = c.output_offset + 128;
  problem.fraction_bits = lanes_fraction_bits(form);
  problem.unit = std::int64_t{1} << (problem.fraction_bits - 24);
  problem.pivot = -c.bias - problem.thresholds.first[0];
  // A side that no sum reaches needs no pivot.
  if (problem.pivot < 0) problem.pivot = 0;
  if (problem.pivot > problem.distance(254) + 1) problem.pivot = problem.distance(254) + 1;
  return problem;
}

}  // namespace fit

/// False when the channel has no constants of this form: another clamp than int8's, scales out of the form's reach, or
/// the search finds none. `form` is not General.
inline bool fit_lanes(const ChannelRequantization& c, LanesForm form, LanesConstants& constants) noexcept {
  if (c.activation_min != -128 || c.activation_max != 127 || c.multiplier <= 0 || !has_small_sums(c)) return false;
  const fit::LanesProblem problem = fit::lanes_problem(c, form);
  const std::int64_t range = problem.distance(254), largest = fit::lanes_largest_multiplier(form);
  if (range >= std::int64_t{1} << 24) return false;
  // scale = multiplier * 2^(c.shift - 31) = m * 2^-fraction_bits
  const std::int32_t exponent = c.shift - 31 + problem.fraction_bits;
  if (exponent > 10 || exponent < -20) return false;
  const std::int64_t near = exponent >= 0 ? static_cast<std::int64_t>(c.multiplier) * (std::int64_t{1} << exponent)
                                          : static_cast<std::int64_t>(c.multiplier) >> -exponent;
  const auto try_multiplier = [&](std::int64_t m) {
    if (m < 1 || m > largest) return false;
    const fit::LanesIntervals intervals = fit::lanes_intervals(problem, m);
    const bool has_pivot = problem.first_above > 0 && problem.pivot > 0;
    LanesConstants found{};
    if (!fit::lanes_offset(problem, intervals.above, found.offset)) return false;
    if (has_pivot && !fit::lanes_offset(problem, intervals.below, found.offset_below)) return false;
    found.bias = static_cast<std::int32_t>(-problem.thresholds.first[0]);
    found.range = static_cast<std::uint32_t>(range);
    found.multiplier = static_cast<std::uint32_t>(form == LanesForm::Wide ? m >> 8 : m);
    found.low = static_cast<std::uint32_t>(form == LanesForm::Wide ? m & 255 : 0);
    found.pivot = has_pivot ? static_cast<std::uint32_t>(problem.pivot) : 0;
    constants = found;
    return true;
  };
  std::int64_t low = near - (near >> 8) - 2, high = near + (near >> 8) + 2;
  if (low < 1) low = 1;
  if (low > largest) return false;
  if (high > largest) high = largest;
  while (high - low > 2) {
    const std::int64_t left = low + (high - low) / 3, right = high - (high - low) / 3;
    if (fit::lanes_intervals(problem, left).width() < fit::lanes_intervals(problem, right).width()) {
      low = left + 1;
    } else {
      high = right - 1;
    }
  }
  for (std::int64_t step = 0; step <= 64; ++step) {
    if (try_multiplier(low + step) || try_multiplier(low - step)) return true;
  }
  return false;
}

/// The form with the fewest instructions that the channel has; General when it has none.
inline LanesForm fit_best_lanes(const ChannelRequantization& c, LanesConstants& constants) noexcept {
  constexpr LanesForm forms[] = {LanesForm::Medium, LanesForm::Narrow, LanesForm::Wide};
  for (const LanesForm form : forms) {
    if (fit_lanes(c, form, constants)) return form;
  }
  return LanesForm::General;
}

}  // namespace pudu::kernels
