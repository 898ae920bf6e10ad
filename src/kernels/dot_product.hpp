// Inner products of one input vector with several rows of weights: the inner loop of convolutions and linear layers.
// Several output channels go together so that a value is loaded and offset once for all; how many depends on the
// registers of the core. Sums wrap in 32 bits without undefined behaviour, because they are unsigned.
#pragma once

#include <cstdint>
#include <utility>

// Not at -O0, which leaves too few registers to the assembler's loops.
#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__)
#define PUDU_USES_SMLAD 1
#else
#define PUDU_USES_SMLAD 0
#endif

#include "numerics/requantize.hpp"

namespace pudu::kernels {

/// Output channels accumulated together. Thumb-1 cores reach 8 registers only.
#if defined(__ARM_ARCH_ISA_THUMB) && __ARM_ARCH_ISA_THUMB == 1
inline constexpr int channel_block = 2;
#else
inline constexpr int channel_block = 4;
#endif

/// Requantization of the channels of one layer; the pointers are those of the kernel's operands.
struct ChannelRequantizer {
  const std::int32_t* bias;  ///< null for zeros
  const std::int32_t* multipliers;
  const std::int32_t* shifts;
  std::int32_t output_offset, activation_min, activation_max;

  std::int8_t apply(std::int32_t channel, std::uint32_t sum) const noexcept {
    const std::uint32_t start = bias != nullptr ? static_cast<std::uint32_t>(bias[channel]) : 0;
    return numerics::requantize_to_int8(static_cast<std::int32_t>(sum + start), multipliers[channel], shifts[channel],
                                        output_offset, activation_min, activation_max);
  }
};

#if PUDU_USES_SMLAD
// The products of four values with four rows of weights: SXTB16 parts the bytes 0, 2 and 1, 3 of a word of weights, the
// values are parted alike, so that one SMLAD makes two products. Assembly, because GCC 12 keeps half of it in memory.
// Registers: v the values, t and u temporaries, w and w2 the rows 0 and 2, each followed by a row at `stride`.
#define PUDU_FOUR_ROWS                  \
  "ldr %[t], [%[w], %[stride]]\n"       \
  "sxtb16 %[u], %[t]\n"                 \
  "smlad %[a1], %[even], %[u], %[a1]\n" \
  "sxtb16 %[t], %[t], ror #8\n"         \
  "smlad %[a1], %[odd], %[t], %[a1]\n"  \
  "ldr %[t], [%[w]], #4\n"              \
  "sxtb16 %[u], %[t]\n"                 \
  "smlad %[a0], %[even], %[u], %[a0]\n" \
  "sxtb16 %[t], %[t], ror #8\n"         \
  "smlad %[a0], %[odd], %[t], %[a0]\n"  \
  "ldr %[t], [%[w2], %[stride]]\n"      \
  "sxtb16 %[u], %[t]\n"                 \
  "smlad %[a3], %[even], %[u], %[a3]\n" \
  "sxtb16 %[t], %[t], ror #8\n"         \
  "smlad %[a3], %[odd], %[t], %[a3]\n"  \
  "ldr %[t], [%[w2]], #4\n"             \
  "sxtb16 %[u], %[t]\n"                 \
  "smlad %[a2], %[even], %[u], %[a2]\n" \
  "sxtb16 %[t], %[t], ror #8\n"         \
  "smlad %[a2], %[odd], %[t], %[a2]\n"

/// sums[n] += products of the first `length` values, a multiple of 4 and at least 4, with rows n of w.
inline void accumulate_four_rows(const std::int8_t* x, std::int32_t offset, const std::int8_t* w,
                                 std::int32_t row_stride, std::int32_t length, std::uint32_t (&sums)[4]) noexcept {
  const auto halfword = static_cast<std::uint32_t>(offset) & 0xFFFFU;
  const std::uint32_t offsets = halfword | halfword << 16;
  const std::int8_t *w2 = w + 2 * row_stride, *const end = x + length;
  std::uint32_t even, odd, t, u, a0 = sums[0], a1 = sums[1], a2 = sums[2], a3 = sums[3];
  asm volatile(
      "1:\n"
      "ldr %[t], [%[x]], #4\n"
      "sxtab16 %[even], %[offsets], %[t]\n"
      "sxtab16 %[odd], %[offsets], %[t], ror #8\n" PUDU_FOUR_ROWS
      "ldr %[t], %[end]\n"
      "cmp %[x], %[t]\n"
      "bne 1b\n"
      : [x] "+r"(x), [w] "+r"(w), [w2] "+r"(w2), [even] "=&r"(even), [odd] "=&r"(odd), [t] "=&r"(t), [u] "=&r"(u),
        [a0] "+r"(a0), [a1] "+r"(a1), [a2] "+r"(a2), [a3] "+r"(a3)
      : [stride] "r"(row_stride), [offsets] "r"(offsets), [end] "m"(end)
      : "cc", "memory");
  sums[0] = a0, sums[1] = a1, sums[2] = a2, sums[3] = a3;
}

/// The same for values that hold the offset already.
inline void accumulate_four_rows(const std::int16_t* x, std::int32_t, const std::int8_t* w, std::int32_t row_stride,
                                 std::int32_t length, std::uint32_t (&sums)[4]) noexcept {
  const std::int8_t* w2 = w + 2 * row_stride;
  const std::int16_t* const end = x + length;
  std::uint32_t even, odd, t, u, a0 = sums[0], a1 = sums[1], a2 = sums[2], a3 = sums[3];
  asm volatile(
      "1:\n"
      "ldr %[t], [%[x]], #4\n"
      "ldr %[u], [%[x]], #4\n"
      "pkhbt %[even], %[t], %[u], lsl #16\n"
      "pkhtb %[odd], %[u], %[t], asr #16\n" PUDU_FOUR_ROWS
      "cmp %[x], %[end]\n"
      "bne 1b\n"
      : [x] "+r"(x), [w] "+r"(w), [w2] "+r"(w2), [even] "=&r"(even), [odd] "=&r"(odd), [t] "=&r"(t), [u] "=&r"(u),
        [a0] "+r"(a0), [a1] "+r"(a1), [a2] "+r"(a2), [a3] "+r"(a3)
      : [stride] "r"(row_stride), [end] "r"(end)
      : "cc", "memory");
  sums[0] = a0, sums[1] = a1, sums[2] = a2, sums[3] = a3;
}
#undef PUDU_FOUR_ROWS
#endif

/// sums[n] += sum over k in [0, length) of (x[k] + offset) * w[n * row_stride + k]. An int16 x holds its offset
/// already.
template <class X, std::size_t... N>
inline void accumulate_dots(const X* x, std::int32_t offset, const std::int8_t* w, std::int32_t row_stride,
                            std::int32_t length, std::uint32_t* sums, std::index_sequence<N...>) noexcept {
  std::uint32_t local[] = {sums[N]...};
  const std::int8_t* rows[] = {w + static_cast<std::int32_t>(N) * row_stride...};
  for (std::int32_t k = 0; k < length; ++k) {
    const std::int32_t value = x[k] + offset;
    ((local[N] += static_cast<std::uint32_t>(value * rows[N][k])), ...);
  }
  ((sums[N] = local[N]), ...);
}

/// Output channels [begin, end) of one position: dots of `x` with the weight rows `w + channel * row_stride`.
template <class X>
inline void write_channels(const X* x, std::int32_t offset, const std::int8_t* w, std::int32_t row_stride,
                           std::int32_t length, const ChannelRequantizer& requantizer, std::int32_t begin,
                           std::int32_t end, std::int8_t* output) noexcept {
  std::int32_t channel = begin;
  const std::int8_t* row = w + begin * row_stride;
  for (; channel + channel_block <= end; channel += channel_block, row += channel_block * row_stride) {
    std::uint32_t sums[channel_block] = {};
    std::int32_t done = 0;
#if PUDU_USES_SMLAD
    done = length & ~3;
    if (done > 0) accumulate_four_rows(x, offset, row, row_stride, done, sums);
#endif
    accumulate_dots(x + done, offset, row + done, row_stride, length - done, sums,
                    std::make_index_sequence<channel_block>{});
    for (int n = 0; n < channel_block; ++n) output[channel + n] = requantizer.apply(channel + n, sums[n]);
  }
  for (; channel < end; ++channel, row += row_stride) {
    std::uint32_t sum[1] = {};
    accumulate_dots(x, offset, row, row_stride, length, sum, std::make_index_sequence<1>{});
    output[channel] = requantizer.apply(channel, sum[0]);
  }
}

}  // namespace pudu::kernels
