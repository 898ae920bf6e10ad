// Runs in the compiler: the constants of requantize_form.hpp for one channel, with the proof that they give the bytes
// of the formula for every sum that can come.
//
// Line: output q is reached at the smallest sum T(q). The line gives it there and nowhere before exactly when
//   ceil(q * 2^(32+shift) / m) - 256 T(q) <= b <= ceil(q * 2^(32+shift) / m) - 256 (T(q) - 1) - 1     for all q,
// so for a given m the b's are an interval. Its width is a concave function of 1/m, but for the rounding up, so a
// ternary search finds the best m, and its neighbours are tried, where the multiplier itself, rounded, has none. Both
// sides are monotone, so 255 thresholds prove all sums. Limits: outputs that reach below their zero point have no line,
// because ties go away from zero on both sides.
//
// Dead channels, which have one output whatever comes, have constants where their bias or scale leaves all others none:
// a line that stays below -128, or Rounded without the product.
#pragma once

#include <cstdint>

#include "kernels/requantize_form.hpp"

namespace pudu::kernels {

/// One channel's requantization, and the sums that can come.
struct ChannelRequantization {
  std::int32_t bias;        ///< added to the sum; input zero point included
  std::int32_t multiplier;  ///< Q0.31
  std::int32_t shift;       ///< of numerics::requantize
  std::int32_t output_offset, activation_min, activation_max;
  std::int64_t lowest, highest;  ///< of the sum of products, without the bias
};

inline std::int32_t formula_output(const ChannelRequantization& c, std::int64_t sum) noexcept {
  return numerics::requantize_to_int8(numerics::wrap_to_int32(sum + c.bias), c.multiplier, c.shift, c.output_offset,
                                      c.activation_min, c.activation_max);
}

/// The sum with its bias stays far from where the forms wrap.
inline bool has_small_sums(const ChannelRequantization& c) noexcept {
  constexpr std::int64_t limit = std::int64_t{1} << 29;
  return c.lowest + c.bias > -limit && c.highest + c.bias < limit && c.lowest > -limit && c.highest < limit;
}

/// Has the channel one output, whatever comes?
inline bool has_one_output(const ChannelRequantization& c) noexcept {
  // Where nothing wraps, the formula grows with the sum.
  const std::int64_t limit = INT32_MAX >> (c.shift > 0 ? c.shift : 0);
  return c.multiplier >= 0 && c.lowest + c.bias >= -limit && c.highest + c.bias <= limit &&
         formula_output(c, c.lowest) == formula_output(c, c.highest);
}

/// False when the channel has no constants of form Rounded: another clamp than int8's, scales of 1/2 and more.
inline bool fit_rounded(const ChannelRequantization& c, ChannelConstants& constants) noexcept {
  const std::int32_t e = -c.shift;
  if (c.activation_min == -128 && c.activation_max == 127 && has_small_sums(c) && e >= 1 && e <= 22) {
    constants = {2 * c.bias, c.multiplier, (1 << (e - 1)) + c.output_offset * (1 << e), e};
    return true;
  }
  if (!has_one_output(c)) return false;
  // 2 y + 1, or 1 less, halved: y.
  constants = {0, 0, 1 + 2 * formula_output(c, c.lowest), 1};
  return true;
}

namespace fit {

/// The interval of b for one m; empty when low > high.
struct BiasInterval {
  std::int64_t low = INT32_MIN;
  std::int64_t high = INT32_MAX;
  std::int64_t width() const noexcept { return high - low; }
};

struct Thresholds {
  std::int64_t first[255];  ///< smallest sum whose output is at least q = index - 127; highest + 1: none
};

inline Thresholds find_thresholds(const ChannelRequantization& c) noexcept {
  Thresholds thresholds{};
  std::int64_t from = c.lowest, distance = 0;
  for (std::int32_t q = -127; q <= 127; ++q) {
    std::int64_t low = from, high = c.highest + 1;
    // About as far from the one before as that is from the one before it.
    const std::int64_t near_low = from + distance - 2, near_high = from + distance + 2;
    if (near_low >= low && near_low < high && formula_output(c, near_low) < q) low = near_low + 1;
    if (near_high >= low && near_high < high && formula_output(c, near_high) >= q) high = near_high;
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      if (formula_output(c, middle) >= q) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    distance = low - from;
    thresholds.first[q + 127] = from = low;
  }
  return thresholds;
}

/// ceil(q * 2^(32+shift) / m) for one q after the other, without a division for each.
class Quotients {
 public:
  Quotients(std::int64_t first_q, std::int32_t shift, std::int64_t m) noexcept : m_(m) {
    const std::int64_t unit = std::int64_t{1} << (32 + shift);
    floor_step_ = unit / m, rest_step_ = unit % m;
    floor_ = first_q * unit / m, rest_ = first_q * unit % m;
    if (rest_ < 0) --floor_, rest_ += m;
  }
  std::int64_t ceiling() const noexcept { return floor_ + (rest_ > 0 ? 1 : 0); }
  void advance() noexcept {
    floor_ += floor_step_, rest_ += rest_step_;
    if (rest_ >= m_) ++floor_, rest_ -= m_;
  }

 private:
  std::int64_t m_, floor_step_, rest_step_, floor_, rest_;
};

inline BiasInterval interval_of(const ChannelRequantization& c, const Thresholds& thresholds, std::int32_t shift,
                                std::int64_t m) noexcept {
  // 256 x + b must not wrap.
  BiasInterval interval{INT32_MIN - 256 * c.lowest, INT32_MAX - 256 * c.highest};
  Quotients wanted(-127, shift, m);
  for (std::int32_t q = -127; q <= 127; ++q, wanted.advance()) {
    const std::int64_t first = thresholds.first[q + 127];
    const std::int64_t low = wanted.ceiling() - 256 * first, high = low + 255;
    if (first <= c.highest && low > interval.low) interval.low = low;
    if (first > c.lowest && high < interval.high) interval.high = high;
  }
  return interval;
}

/// A line that is at -128 or below for all sums, for a channel that is -128.
inline bool dead_line(const ChannelRequantization& c, std::int32_t shift, ChannelConstants& constants) noexcept {
  if (!has_one_output(c) || formula_output(c, c.lowest) != -128) return false;
  const std::int64_t bias = INT32_MIN - 256 * c.lowest;
  if (bias > INT32_MAX || bias + 256 * c.highest > INT32_MAX) return false;
  constants = {static_cast<std::int32_t>(bias), INT32_MAX, 0, 0};
  return apply_line(static_cast<RequantizeForm>(shift), constants.bias, constants.multiplier,
                    static_cast<std::int32_t>(c.highest)) == -128;
}

/// False when the search finds no multiplier.
inline bool search_line(const ChannelRequantization& c, std::int32_t shift, ChannelConstants& constants) noexcept {
  if (c.output_offset != -128 || c.activation_min != -128 || c.activation_max != 127 || !has_small_sums(c)) {
    return false;
  }
  // scale = multiplier * 2^(c.shift - 31) = m * 2^(8 - 32 - shift)
  const std::int32_t exponent = c.shift - 7 + shift;
  if (exponent > 0 || exponent < -20 || c.multiplier <= 0) return false;
  const std::int64_t near = static_cast<std::int64_t>(c.multiplier) >> -exponent;
  const Thresholds thresholds = find_thresholds(c);
  const auto try_multiplier = [&](std::int64_t m) {
    if (m < 1 || m > INT32_MAX) return false;
    const BiasInterval interval = interval_of(c, thresholds, shift, m);
    if (interval.low > interval.high || interval.low < INT32_MIN || interval.high > INT32_MAX) return false;
    constants = {static_cast<std::int32_t>(interval.low + interval.width() / 2), static_cast<std::int32_t>(m), 0, 0};
    return true;
  };
  std::int64_t low = near - (near >> 8) - 2, high = near + (near >> 8) + 2;
  if (low < 1) low = 1;
  if (high > INT32_MAX) high = INT32_MAX;
  if (try_multiplier(near)) return true;
  while (high - low > 2) {
    const std::int64_t left = low + (high - low) / 3, right = high - (high - low) / 3;
    if (interval_of(c, thresholds, shift, left).width() < interval_of(c, thresholds, shift, right).width()) {
      low = left + 1;
    } else {
      high = right - 1;
    }
  }
  for (std::int64_t distance = 0; distance <= 64; ++distance) {
    if (try_multiplier(low + distance) || try_multiplier(low - distance)) return true;
  }
  return false;
}

}  // namespace fit

/// False when the channel has no line with this last shift, as those with outputs below their zero point.
inline bool fit_line(const ChannelRequantization& c, std::int32_t shift, ChannelConstants& constants) noexcept {
  return fit::search_line(c, shift, constants) || fit::dead_line(c, shift, constants);
}

/// The channel with the input's zero point folded into its bias, for `count` weights that lie `step` apart. False when
/// the bias would not fit 32 bits.
inline bool fold_input_offset(const std::int8_t* weights, std::int32_t count, std::int32_t step,
                              std::int32_t input_offset, std::int32_t bias, ChannelRequantization& channel) noexcept {
  std::int64_t sum = 0, lowest = 0, highest = 0;
  for (std::int32_t k = 0; k < count; ++k) {
    const std::int32_t weight = weights[k * step];
    sum += weight;
    lowest += weight > 0 ? weight * -128 : weight * 127;
    highest += weight > 0 ? weight * 127 : weight * -128;
  }
  const std::int64_t folded = bias + input_offset * sum;
  channel.bias = numerics::wrap_to_int32(folded);
  channel.lowest = lowest, channel.highest = highest;
  return folded == channel.bias;
}

/// Constants of one form for one channel; false when it has none. General has them for every channel.
inline bool fit_form(const ChannelRequantization& channel, RequantizeForm form, ChannelConstants& constants) noexcept {
  if (form == RequantizeForm::Rounded) return fit_rounded(channel, constants);
  if (form != RequantizeForm::General) return fit_line(channel, static_cast<std::int32_t>(form), constants);
  constants = {channel.bias, channel.multiplier, 0, channel.shift};
  return true;
}

}  // namespace pudu::kernels
