// Means of int8 codes over a rectangle of an NHWC image, rounded to nearest with ties away from zero: shared by the
// average pools. A division per element is avoided, because a Cortex-M0 has no divide instruction.
#pragma once

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#endif

#include <cstring>

#include "kernels/kernel.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels {

/// Half-open rectangle of input positions; empty when an extent is not positive.
struct Rectangle {
  std::int32_t y_begin, y_end, x_begin, x_end;

  constexpr std::int32_t area() const noexcept {
    return y_begin >= y_end || x_begin >= x_end ? 0 : (y_end - y_begin) * (x_end - x_begin);
  }
};

/// Division by one divisor, rounded to nearest, ties away from zero.
class RoundingDivider {
 public:
  /// `divisor` is at least 1. Dividends are sums of at most `summed_taps` taps, so at most 128 * summed_taps in
  /// magnitude.
  RoundingDivider(std::int32_t divisor, std::int32_t summed_taps) noexcept
      : divisor_(divisor), summed_taps_(summed_taps), reciprocal_(0) {
    // floor(n / d) = n * (2^24 / d + 1) >> 24 while n * d < 2^24 and n < 2^8 * d; n is at most 128.5 * d here.
    constexpr std::int32_t max_divisor = 360;
    if (divisor <= max_divisor && summed_taps <= divisor) {
      reciprocal_ = (std::uint32_t{1} << 24) / static_cast<std::uint32_t>(divisor) + 1;
    }
  }

  bool is_for(std::int32_t divisor, std::int32_t summed_taps) const noexcept {
    return divisor == divisor_ && summed_taps == summed_taps_;
  }

#if defined(__ARM_FEATURE_MVE)
  bool divides_lanes() const noexcept {
    return reciprocal_ != 0;
  }
  /// divide in every lane, where divides_lanes().
  int32x4_t divide(int32x4_t dividends) const noexcept {
    const int32x4_t signs = vshrq_n_s32(dividends, 31);
    const uint32x4_t rounded = vreinterpretq_u32_s32(vaddq_n_s32(vabsq_s32(dividends), divisor_ / 2));
    const int32x4_t quotients = vreinterpretq_s32_u32(vshrq_n_u32(vmulq_n_u32(rounded, reciprocal_), 24));
    return vsubq_s32(veorq_s32(quotients, signs), signs);
  }
#endif

  std::int32_t divide(std::int32_t dividend) const noexcept {
    const std::uint32_t magnitude =
        dividend < 0 ? 0u - static_cast<std::uint32_t>(dividend) : static_cast<std::uint32_t>(dividend);
    const std::uint32_t rounded = magnitude + static_cast<std::uint32_t>(divisor_) / 2;
    const std::uint32_t quotient =
        reciprocal_ != 0 ? (rounded * reciprocal_) >> 24 : rounded / static_cast<std::uint32_t>(divisor_);
    return dividend < 0 ? -static_cast<std::int32_t>(quotient) : static_cast<std::int32_t>(quotient);
  }

 private:
  std::int32_t divisor_;
  std::int32_t summed_taps_;
  std::uint32_t reciprocal_;  ///< 0: divide
};

#if defined(__ARM_FEATURE_MVE)
/// Taps whose sum fits 16 bits.
inline constexpr std::int32_t lane_taps = 256;

/// Sums of eight channels over up to lane_taps taps. GCC 12 makes no low-overhead loop of it.
inline int16x8_t sum_eight_channels(Rows<const std::int8_t> input, std::int32_t first_slot, const Rectangle& taps,
                                    std::int32_t channels, std::int32_t channel) noexcept {
  int16x8_t total = vdupq_n_s16(0);
  if (taps.area() == 0) return total;
  std::int32_t slot = first_slot;
  for (std::int32_t y = taps.y_begin; y < taps.y_end; ++y, slot = input.advance(slot, 1)) {
    const std::int8_t* values = input.at(slot) + taps.x_begin * channels + channel;
    asm volatile(
        "wls lr, %[count], 2f\n"
        "1:\n"
        "vldrb.s16 q0, [%[values]]\n"
        "add %[values], %[values], %[channels]\n"
        "vadd.i16 %q[total], %q[total], q0\n"
        "le lr, 1b\n"
        "2:\n"
        : [values] "+l"(values), [total] "+w"(total)
        : [count] "r"(taps.x_end - taps.x_begin), [channels] "r"(channels)
        : "lr", "q0", "memory");
  }
  return total;
}

/// sum_channels for four channels, one a lane.
inline void sum_four_channels(Rows<const std::int8_t> input, std::int32_t first_slot, const Rectangle& taps,
                              std::int32_t channels, std::int32_t channel, std::int32_t start,
                              std::int32_t (&sums)[4]) noexcept {
  int32x4_t total = vdupq_n_s32(start);
  std::int32_t slot = first_slot;
  for (std::int32_t y = taps.y_begin; y < taps.y_end; ++y, slot = input.advance(slot, 1)) {
    const std::int8_t* values = input.at(slot) + taps.x_begin * channels + channel;
    for (std::int32_t left = taps.x_end - taps.x_begin; left > 0; --left, values += channels) {
      total = vaddq_s32(total, vldrbq_s32(values));
    }
  }
  vstrwq_s32(sums, total);
}
#elif defined(__ARM_FEATURE_DSP)
/// Taps whose sum fits 16 bits.
inline constexpr std::int32_t lane_taps = 256;

/// The same in lanes of 16 bits, for up to lane_taps taps: SXTAB16 adds the channels 0 and 2, or 1 and 3, of a word.
inline void sum_four_channels(Rows<const std::int8_t> input, std::int32_t first_slot, const Rectangle& taps,
                              std::int32_t channels, std::int32_t channel, std::int32_t start,
                              std::int32_t (&sums)[4]) noexcept {
  std::int32_t even = 0, odd = 0, slot = first_slot;
  for (std::int32_t y = taps.y_begin; y < taps.y_end; ++y, slot = input.advance(slot, 1)) {
    const std::int8_t* values = input.at(slot) + taps.x_begin * channels + channel;
    std::int32_t left = taps.x_end - taps.x_begin, word;
    if (left <= 0) continue;
    asm("1:\n"
        "ldr %[word], [%[values]]\n"
        "subs %[left], %[left], #1\n"
        "add %[values], %[values], %[channels]\n"
        "sxtab16 %[even], %[even], %[word]\n"
        "sxtab16 %[odd], %[odd], %[word], ror #8\n"
        "bne 1b\n"
        : [values] "+r"(values), [left] "+r"(left), [even] "+r"(even), [odd] "+r"(odd), [word] "=&r"(word)
        : [channels] "r"(channels)
        : "cc", "memory");
  }
  sums[0] = start + static_cast<std::int16_t>(even), sums[2] = start + (even >> 16);
  sums[1] = start + static_cast<std::int16_t>(odd), sums[3] = start + (odd >> 16);
}
#endif

#if !defined(__ARM_FEATURE_MVE) && !defined(__ARM_FEATURE_DSP)
#if defined(__arm__) && !defined(__ARM_FEATURE_UNALIGNED)
/// Does every word lie on a word's border? Elsewhere the core would trap.
inline bool may_load_words(const std::int8_t* first, std::int32_t steps) noexcept {
  return (static_cast<std::int32_t>(reinterpret_cast<std::uintptr_t>(first)) | steps) % 4 == 0;
}
inline std::uint32_t load_word(const std::int8_t* from) noexcept {
  std::uint32_t word;
  std::memcpy(&word, __builtin_assume_aligned(from, 4), sizeof word);
  return word;
}
#else
constexpr bool may_load_words(const std::int8_t*, std::int32_t) noexcept {
  return true;
}
inline std::uint32_t load_word(const std::int8_t* from) noexcept {
  std::uint32_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}
#endif

/// The codes of four channels plus 128 each: even and odd ones in lanes of 16 bits, which hold 256 of them.
struct ByteLanes {
  static constexpr std::int32_t most_taps = 256;
  std::uint32_t even = 0, odd = 0;

  void add(const std::int8_t* values) noexcept {
    const std::uint32_t word = load_word(values) ^ 0x80808080U;
    even += word & 0x00FF00FFU;
    odd += word >> 8 & 0x00FF00FFU;
  }
  void move_to(std::int32_t (&sums)[4]) noexcept {
    sums[0] += static_cast<std::int32_t>(even & 0xFFFF), sums[2] += static_cast<std::int32_t>(even >> 16);
    sums[1] += static_cast<std::int32_t>(odd & 0xFFFF), sums[3] += static_cast<std::int32_t>(odd >> 16);
    even = odd = 0;
  }
};

/// sum_channels for four channels whose codes lie in words.
inline void sum_four_channels(Rows<const std::int8_t> input, std::int32_t first_slot, const Rectangle& taps,
                              std::int32_t channels, std::int32_t channel, std::int32_t start,
                              std::int32_t (&sums)[4]) noexcept {
  for (std::int32_t& sum : sums) sum = start - 128 * taps.area();
  ByteLanes lanes;
  std::int32_t slot = first_slot, room = ByteLanes::most_taps;
  for (std::int32_t y = taps.y_begin; y < taps.y_end; ++y, slot = input.advance(slot, 1)) {
    const std::int8_t* values = input.at(slot) + taps.x_begin * channels + channel;
    for (std::int32_t left = taps.x_end - taps.x_begin; left > 0;) {
      const std::int32_t count = left < room ? left : room;
      for (const std::int8_t* const end = values + count * channels; values != end; values += channels)
        lanes.add(values);
      left -= count, room -= count;
      if (room > 0) continue;
      lanes.move_to(sums);
      room = ByteLanes::most_taps;
    }
  }
  lanes.move_to(sums);
}
#endif

/// Sums of channels [channel, channel + Count) over a rectangle, plus `start` each.
template <int Count>
inline void sum_channels(Rows<const std::int8_t> input, std::int32_t first_slot, const Rectangle& taps,
                         std::int32_t channels, std::int32_t channel, std::int32_t start,
                         std::int32_t (&sums)[Count]) noexcept {
#if defined(__ARM_FEATURE_MVE)
  if constexpr (Count == 4) {
    sum_four_channels(input, first_slot, taps, channels, channel, start, sums);
    return;
  }
#elif defined(__ARM_FEATURE_DSP)
  if constexpr (Count == 4) {
    if (taps.area() <= lane_taps) return sum_four_channels(input, first_slot, taps, channels, channel, start, sums);
  }
#else
  if constexpr (Count == 4) {
    if (may_load_words(input.base + channel, channels | input.row_stride)) {
      return sum_four_channels(input, first_slot, taps, channels, channel, start, sums);
    }
  }
#endif
  for (int n = 0; n < Count; ++n) sums[n] = start;
  std::int32_t slot = first_slot;
  for (std::int32_t y = taps.y_begin; y < taps.y_end; ++y, slot = input.advance(slot, 1)) {
    const std::int8_t* values = input.at(slot) + taps.x_begin * channels + channel;
    for (std::int32_t x = taps.x_begin; x < taps.x_end; ++x, values += channels) {
      for (int n = 0; n < Count; ++n) sums[n] += values[n];
    }
  }
}

/// output[c] = clamp((sum of channel c over `taps` + start) / divisor, low, high) for every channel.
inline void average_position(Rows<const std::int8_t> input, const Rectangle& taps, std::int32_t channels,
                             std::int32_t start, const RoundingDivider& divider, std::int32_t low, std::int32_t high,
                             std::int8_t* output) noexcept {
  constexpr int block = 4;
  const std::int32_t first_slot = taps.area() > 0 ? input.slot(taps.y_begin) : 0;
  std::int32_t channel = 0;
#if defined(__ARM_FEATURE_MVE)
  if (taps.area() <= lane_taps && divider.divides_lanes()) {
    for (; channel + 8 <= channels; channel += 8) {
      const int16x8_t sums = sum_eight_channels(input, first_slot, taps, channels, channel);
      int16x8_t means = vdupq_n_s16(0);
      means = vmovnbq_s32(means, divider.divide(vaddq_n_s32(vmovlbq_s16(sums), start)));
      means = vmovntq_s32(means, divider.divide(vaddq_n_s32(vmovltq_s16(sums), start)));
      const auto clamp_low = static_cast<std::int16_t>(low), clamp_high = static_cast<std::int16_t>(high);
      vstrbq_s16(output + channel, vmaxq_s16(vminq_s16(means, vdupq_n_s16(clamp_high)), vdupq_n_s16(clamp_low)));
    }
  }
#endif
  for (; channel + block <= channels; channel += block) {
    std::int32_t sums[block];
    sum_channels(input, first_slot, taps, channels, channel, start, sums);
    for (int n = 0; n < block; ++n) {
      output[channel + n] = static_cast<std::int8_t>(numerics::clamp(divider.divide(sums[n]), low, high));
    }
  }
  for (; channel < channels; ++channel) {
    std::int32_t sum[1];
    sum_channels(input, first_slot, taps, channels, channel, start, sum);
    output[channel] = static_cast<std::int8_t>(numerics::clamp(divider.divide(sum[0]), low, high));
  }
}

}  // namespace pudu::kernels
