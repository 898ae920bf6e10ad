// Inner products of int16 values with several rows of int8 weights, in exact sums of 64 bits, and their requantization
// to int16 or int8: the inner loop of the 16x8 convolutions and linear layers.
// A product is at most 2^22 in magnitude, so 32 bits hold the sum of `chunk_taps` of them and a bias of up to 2^30. A
// loop sums a chunk, and only chunks are added in 64 bits, which costs a few instructions in 256 products; a layer of
// at most so many taps needs no 64 bits at all. Limits: at most 2^23 taps.
#pragma once

#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#endif

#include "kernels/dot_product.hpp"
#include "numerics/requantize_wide.hpp"

namespace pudu::kernels {

/// Taps whose sum of products is at most 2^30 in magnitude; a multiple of what the loops take at once.
inline constexpr std::int32_t chunk_taps = 256;

/// How large the sums of a layer may be.
enum class SumForm : std::uint8_t {
  Narrow,  ///< 32 bits hold them with their biases, and every shift is within numerics::requantize_narrow's
  Wide
};

/// Requantization of the channels of one 16x8 layer; the pointers are those of the kernel's operands.
struct WideChannelRequantizer {
  const std::int32_t* bias;  ///< null for zeros
  const std::int32_t* multipliers;
  const std::int32_t* shifts;
  std::int32_t output_offset, output_min, output_max;

  std::int32_t start(std::int32_t channel) const noexcept { return bias != nullptr ? bias[channel] : 0; }

  /// The form of `channels` sums of `taps` products.
  SumForm form(std::int32_t channels, std::int32_t taps) const noexcept {
    constexpr std::int32_t largest_bias = 1 << 30;
    if (taps > chunk_taps) return SumForm::Wide;
    for (std::int32_t c = 0; c < channels; ++c) {
      const std::int32_t first = start(c);
      if (shifts[c] > numerics::largest_narrow_shift || first >= largest_bias || first < -largest_bias) {
        return SumForm::Wide;
      }
    }
    return SumForm::Narrow;
  }

  /// `sum` has the bias.
  template <class Output>
  Output apply(std::int32_t channel, std::int64_t sum) const noexcept {
    return static_cast<Output>(numerics::requantize_to_codes(sum, multipliers[channel], shifts[channel], output_offset,
                                                             output_min, output_max));
  }
  /// The same where the form is Narrow. int16 codes have zero point 0.
  template <class Output>
  Output apply_narrow(std::int32_t channel, std::int32_t sum) const noexcept {
    std::int32_t y =
        numerics::requantize_narrow(sum, numerics::reduce_multiplier(multipliers[channel]), shifts[channel]);
    if constexpr (sizeof(Output) == 1) y += output_offset;
    return static_cast<Output>(numerics::clamp(y, output_min, output_max));
  }
};

/// The requantizer of a layer's operands.
template <class Kernel>
WideChannelRequantizer wide_requantizer(const typename Kernel::Params& p,
                                        const typename Kernel::Operands& operands) noexcept {
  return {operands.bias, operands.multipliers, operands.shifts, p.output_offset, p.output_min, p.output_max};
}

#if defined(__ARM_FEATURE_MVE)
namespace mve {

/// Multipliers and shifts of channels, one a lane, where the form is Narrow.
struct NarrowLanes {
  int32x4_t multipliers, shifts;

  /// The multipliers as numerics::reduce_multiplier gives them, times 2^16; the saturated sum keeps its limit.
  NarrowLanes(int32x4_t all_multipliers, int32x4_t all_shifts) noexcept
      : multipliers(vandq_s32(vqaddq_n_s32(all_multipliers, 0x8000), vdupq_n_s32(-0x10000))), shifts(all_shifts) {}
};

/// Requantization where the form is Narrow, in every lane: what all channels of a layer share.
template <class Output>
class NarrowRequantizer {
 public:
  explicit NarrowRequantizer(const WideChannelRequantizer& layer) noexcept
      : offset_(layer.output_offset), low_(vdupq_n_s32(layer.output_min)), high_(vdupq_n_s32(layer.output_max)) {}

  /// numerics::requantize_narrow and the clamp. VQDMULH keeps one bit more than numerics::high_product does, VRSHL
  /// shifts and rounds: both floors and the rounding are those of one shift.
  [[gnu::always_inline]] int32x4_t apply(int32x4_t sums, const NarrowLanes& lanes) const noexcept {
    int32x4_t y = vrshlq_s32(vqdmulhq_s32(sums, lanes.multipliers), lanes.shifts);
    if constexpr (sizeof(Output) == 1) y = vaddq_n_s32(y, offset_);
    return vmaxq_s32(vminq_s32(y, high_), low_);
  }

 private:
  std::int32_t offset_;
  int32x4_t low_, high_;
};

[[gnu::always_inline]] inline void store_codes(std::int16_t* output, int32x4_t codes) noexcept {
  vstrhq_s32(output, codes);
}
[[gnu::always_inline]] inline void store_codes(std::int8_t* output, int32x4_t codes) noexcept {
  vstrbq_s32(output, codes);
}

/// Sum of the magnitudes of `count` weights.
inline std::uint32_t total_magnitude(const std::int8_t* w, std::int32_t count) noexcept {
  std::uint32_t sum = 0;
  asm volatile(
      "vmov.i32 q1, #0\n"
      "wlstp.8 lr, %[count], 2f\n"
      "1:\n"
      "vldrb.8 q0, [%[w]], #16\n"
      "vabav.s8 %[sum], q0, q1\n"
      "letp lr, 1b\n"
      "2:\n"
      : [w] "+r"(w), [sum] "+r"(sum)
      : [count] "r"(count)
      : "lr", "q0", "q1", "memory");
  return sum;
}

/// Lane n: starts[n] + dot of `length` (at least 1) values with row n of w, wrapping in 32 bits.
[[gnu::always_inline]] inline int32x4_t dot_wide_4(const std::int16_t* x, const std::int8_t* w, std::int32_t row_stride,
                                                   std::int32_t length, const std::int32_t* starts) noexcept {
  int32x4_t sums;
  const std::int8_t *w1, *w2;
  std::int32_t a0, a1, a2, a3;
  asm volatile(
      "ldrd %[a0], %[a1], [%[starts]]\n"
      "ldrd %[a2], %[a3], [%[starts], #8]\n"
      "add %[w1], %[w0], %[stride]\n"
      "add %[w2], %[w1], %[stride]\n"
      "add %[stride], %[stride], %[w2]\n"  // row 3
      "dlstp.16 lr, %[length]\n"
      "1:\n"
      "vldrh.u16 q0, [%[x]], #16\n"
      "vldrb.s16 q1, [%[w0]], #8\n"
      "vldrb.s16 q2, [%[w1]], #8\n"
      "vmladava.s16 %[a0], q0, q1\n"
      "vldrb.s16 q1, [%[w2]], #8\n"
      "vmladava.s16 %[a1], q0, q2\n"
      "vldrb.s16 q2, [%[stride]], #8\n"
      "vmladava.s16 %[a2], q0, q1\n"
      "vmladava.s16 %[a3], q0, q2\n"
      "letp lr, 1b\n"
      "vmov %q[sums][2], %q[sums][0], %[a0], %[a2]\n"
      "vmov %q[sums][3], %q[sums][1], %[a1], %[a3]\n"
      : [x] "+r"(x), [w0] "+l"(w), [w1] "=&l"(w1), [w2] "=&l"(w2), [stride] "+&l"(row_stride), [a0] "=&Te"(a0),
        [a1] "=&Te"(a1), [a2] "=&Te"(a2), [a3] "=&Te"(a3), [sums] "=&w"(sums)
      : [length] "r"(length), [starts] "r"(starts)
      : "lr", "q0", "q1", "q2", "memory");
  return sums;
}

inline constexpr std::int32_t no_starts[4] = {};

/// The same for one row.
[[gnu::always_inline]] inline std::uint32_t dot_wide_1(const std::int16_t* x, const std::int8_t* w,
                                                       std::int32_t length) noexcept {
  std::int32_t sum = 0;
  asm volatile(
      "dlstp.16 lr, %[length]\n"
      "1:\n"
      "vldrh.u16 q0, [%[x]], #16\n"
      "vldrb.s16 q1, [%[w]], #8\n"
      "vmladava.s16 %[sum], q0, q1\n"
      "letp lr, 1b\n"
      : [x] "+r"(x), [w] "+l"(w), [sum] "+Te"(sum)
      : [length] "r"(length)
      : "lr", "q0", "q1", "memory");
  return static_cast<std::uint32_t>(sum);
}

}  // namespace mve
#endif

/// sums[n] = dot of `length` values with row n of w, wrapping in 32 bits.
template <int Rows>
inline void sum_chunk(const std::int16_t* x, const std::int8_t* w, std::int32_t row_stride, std::int32_t length,
                      std::uint32_t (&sums)[Rows]) noexcept {
#if defined(__ARM_FEATURE_MVE)
  if constexpr (Rows == 4) {
    if (length > 0) {
      vstrwq_u32(sums, vreinterpretq_u32_s32(mve::dot_wide_4(x, w, row_stride, length, mve::no_starts)));
      return;
    }
  } else if (length > 0) {
    static_assert(Rows == 1);
    sums[0] = mve::dot_wide_1(x, w, length);
    return;
  }
#endif
  for (std::uint32_t& sum : sums) sum = 0;
  std::int32_t done = 0;
#if PUDU_USES_SMLAD
  if constexpr (Rows == 4) {
    done = length & ~3;
    if (done > 0) accumulate_four_rows(x, 0, w, row_stride, done, sums);
  }
#endif
  accumulate_dots(x + done, 0, w + done, row_stride, length - done, sums, std::make_index_sequence<Rows>{});
}

#if defined(__ARM_FEATURE_MVE)
namespace mve {

/// Output channels [channel, channel + count) of one position where the form is Narrow; count is a multiple of 4. In a
/// function of its own, whose registers hold nothing else.
template <class Output>
[[gnu::noinline]] void write_narrow_fours(const std::int16_t* x, const std::int8_t* w, std::int32_t row_stride,
                                          std::int32_t length, const WideChannelRequantizer& layer,
                                          std::int32_t channel, std::int32_t count, Output* output) noexcept {
  const NarrowRequantizer<Output> narrow(layer);
  const bool has_bias = layer.bias != nullptr;
  const std::int32_t* starts = has_bias ? layer.bias + channel : no_starts;
  const std::int32_t starts_step = has_bias ? 4 : 0;
  const std::int32_t *multipliers = layer.multipliers + channel, *shifts = layer.shifts + channel;
  for (; count > 0; count -= 4) {
    const int32x4_t sums = dot_wide_4(x, w, row_stride, length, starts);
    store_codes(output, narrow.apply(sums, {vldrwq_s32(multipliers), vldrwq_s32(shifts)}));
    w += 4 * row_stride;
    starts += starts_step, multipliers += 4, shifts += 4, output += 4;
  }
}

/// Four output channels from `channel` on of `count` positions, whose values begin `x_step` elements apart, where the
/// form is Narrow.
template <class Output>
[[gnu::noinline]] void write_narrow_run(const std::int16_t* x, std::int32_t x_step, const std::int8_t* w,
                                        std::int32_t length, const WideChannelRequantizer& layer, std::int32_t channel,
                                        Output* output, std::int32_t output_step, std::int32_t count) noexcept {
  const NarrowRequantizer<Output> narrow(layer);
  const NarrowLanes lanes(vldrwq_s32(layer.multipliers + channel), vldrwq_s32(layer.shifts + channel));
  const std::int32_t* starts = layer.bias != nullptr ? layer.bias + channel : no_starts;
  for (; count > 0; --count, x += x_step, output += output_step) {
    store_codes(output, narrow.apply(dot_wide_4(x, w, length, length, starts), lanes));
  }
}

}  // namespace mve
#endif

/// Output channels [channel, channel + Rows) of one position.
template <SumForm Form, int Rows, class Output>
inline void write_wide_block(const std::int16_t* x, const std::int8_t* w, std::int32_t row_stride, std::int32_t length,
                             const WideChannelRequantizer& requantizer, std::int32_t channel, Output* output) noexcept {
  if constexpr (Form == SumForm::Narrow) {
    std::uint32_t sums[Rows];
    sum_chunk(x, w, row_stride, length, sums);
    for (int n = 0; n < Rows; ++n) {
      const std::int32_t total = static_cast<std::int32_t>(sums[n]) + requantizer.start(channel + n);
      output[channel + n] = requantizer.apply_narrow<Output>(channel + n, total);
    }
  } else {
    std::int64_t totals[Rows];
    for (int n = 0; n < Rows; ++n) totals[n] = requantizer.start(channel + n);
    for (std::int32_t done = 0; done < length; done += chunk_taps) {
      const std::int32_t left = length - done;
      std::uint32_t sums[Rows];
      sum_chunk(x + done, w + done, row_stride, left < chunk_taps ? left : chunk_taps, sums);
      for (int n = 0; n < Rows; ++n) totals[n] += static_cast<std::int32_t>(sums[n]);
    }
    for (int n = 0; n < Rows; ++n) output[channel + n] = requantizer.apply<Output>(channel + n, totals[n]);
  }
}

/// Output channels [begin, end) of one position: dots of `x` with the weight rows `w + channel * row_stride`. `Form` is
/// that of the layer.
template <SumForm Form, class Output>
inline void write_wide_channels(const std::int16_t* x, const std::int8_t* w, std::int32_t row_stride,
                                std::int32_t length, const WideChannelRequantizer& requantizer, std::int32_t begin,
                                std::int32_t end, Output* output) noexcept {
  std::int32_t channel = begin;
#if defined(__ARM_FEATURE_MVE)
  if constexpr (Form == SumForm::Narrow) {
    const std::int32_t count = (end - begin) & ~3;
    if (length > 0 && count > 0) {
      mve::write_narrow_fours(x, w + begin * row_stride, row_stride, length, requantizer, begin, count, output + begin);
      channel += count;
    }
  }
#endif
  for (; channel + channel_block <= end; channel += channel_block) {
    write_wide_block<Form, channel_block>(x, w + channel * row_stride, row_stride, length, requantizer, channel,
                                          output);
  }
  for (; channel < end; ++channel) {
    write_wide_block<Form, 1>(x, w + channel * row_stride, row_stride, length, requantizer, channel, output);
  }
}

/// What write_wide_channels writes, for `count` positions: values begin `x_step` elements apart, outputs `channels`.
template <SumForm Form, class Output>
inline void write_wide_positions(const std::int16_t* x, std::int32_t x_step, const std::int8_t* w, std::int32_t length,
                                 const WideChannelRequantizer& requantizer, std::int32_t channels, Output* output,
                                 std::int32_t count) noexcept {
  std::int32_t channel = 0;
#if defined(__ARM_FEATURE_MVE)
  if constexpr (Form == SumForm::Narrow) {
    // Channels outermost: what they need is loaded once.
    for (; channel + 4 <= channels; channel += 4) {
      mve::write_narrow_run(x, x_step, w + channel * length, length, requantizer, channel, output + channel, channels,
                            count);
    }
    if (channel == channels) return;
  }
#endif
  for (; count > 0; --count, x += x_step, output += channels) {
    write_wide_channels<Form>(x, w, length, length, requantizer, channel, channels, output);
  }
}

/// requantizer.form for rows of `taps` weights each that `positions` outputs share. On MVE, where sums of 64 bits cost
/// most, the weights themselves may prove that 32 bits hold sums of more taps.
inline SumForm form_of_rows(const WideChannelRequantizer& requantizer, [[maybe_unused]] const std::int8_t* w,
                            std::int32_t channels, std::int32_t taps,
                            [[maybe_unused]] std::int32_t positions) noexcept {
#if defined(__ARM_FEATURE_MVE)
  if (taps > chunk_taps && positions >= 4) {
    for (std::int32_t c = 0; c < channels; ++c, w += taps) {
      const std::int32_t start = requantizer.start(c);
      const auto bias = start < 0 ? 0U - static_cast<std::uint32_t>(start) : static_cast<std::uint32_t>(start);
      const std::uint32_t magnitude = mve::total_magnitude(w, taps);
      if (requantizer.shifts[c] > numerics::largest_narrow_shift || magnitude > 0xFFFF ||
          (magnitude << 15) + bias > INT32_MAX) {
        return SumForm::Wide;
      }
    }
    return SumForm::Narrow;
  }
#endif
  return requantizer.form(channels, taps);
}

}  // namespace pudu::kernels
