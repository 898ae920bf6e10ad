// Values under the columns of a slide, two rows in a word, for four channels; with portable twins.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"

// Not at -O0, which leaves too few registers to the assembler's loops.
#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__)
#define PUDU_DEPTHWISE_DSP_ASSEMBLY 1
#else
#define PUDU_DEPTHWISE_DSP_ASSEMBLY 0
#endif

namespace pudu::kernels::depthwise_conv2d_dsp {

/// Where the values of a step of the slide lie: distances in bytes from the first, of codes of 8 or 16 bits.
struct ColumnSource {
  const std::int8_t* first;
  std::int32_t offsets[5];  ///< stride 1: rows 1, 2, 3; stride 2: row 1, then rows 0, 1, 2 and 2 of A, B: see below
  std::int32_t step;        ///< from one column to the next
  std::int32_t* to;         ///< set by what fills
  const std::int32_t* end;
};

/// Two values as a word: int16 beside int16.
constexpr std::int32_t pair_word(std::int32_t low, std::int32_t high) noexcept {
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(low) & 0xFFFFU) | static_cast<std::uint32_t>(high)
                                                                                     << 16);
}

/// Weights of one channel in pairs. Two rows: (0, 1), (1, 2) of each step. Else: (0, 1) of each step, then row 2 of the
/// first two steps, then of the third.
inline void slide_weights(const std::int8_t* w, int kind, std::int32_t* words) noexcept {
  if (kind == two_rows) {
    for (std::int32_t step = 0; step < 3; ++step, w += 3) {
      *words++ = pair_word(w[0], w[1]);
      *words++ = pair_word(w[1], w[2]);
    }
    return;
  }
  for (std::int32_t step = 0; step < 3; ++step) words[step] = pair_word(w[3 * step], w[3 * step + 1]);
  words[3] = pair_word(w[2], w[5]);
  words[4] = pair_word(w[8], 0);
  words[5] = 0;
}

#if PUDU_DEPTHWISE_DSP_ASSEMBLY

/// `count` (at least 1) columns of four rows: [column, 4 channels, 2 words], rows 0 and 1, rows 2 and 3.
template <class Code>
void fill_columns(ColumnSource source, std::int32_t count, std::int32_t* to) noexcept;

// A column: values from r9 on and, at the distances r10, r11 and r12, of the other rows; words in r0-r7, which go to
// lr.
#define PUDU_COLUMNS_BEGIN   \
  "push {r4-r11, lr}\n"      \
  "mov r9, %[source]\n"      \
  "ldrd lr, r8, [r9, #28]\n" \
  "ldr r10, [r9, #24]\n"     \
  "push {r8, r10}\n"         \
  "ldr r10, [r9, #4]\n"      \
  "ldr r11, [r9, #8]\n"      \
  "ldr r12, [r9, #12]\n"     \
  "ldr r9, [r9]\n"           \
  "1:\n"
#define PUDU_COLUMNS_END \
  "stm lr!, {r0-r7}\n"   \
  "ldr r8, [sp, #4]\n"   \
  "add r9, r9, r8\n"     \
  "ldr r8, [sp]\n"       \
  "cmp lr, r8\n"         \
  "bne 1b\n"             \
  "add sp, sp, #8\n"     \
  "pop {r4-r11, lr}\n"

template <>
inline void fill_columns<std::int8_t>(ColumnSource source, std::int32_t count, std::int32_t* to) noexcept {
  source.to = to, source.end = to + 8 * count;
  asm volatile(PUDU_COLUMNS_BEGIN
               "ldr r2, [r9]\n"
               "ldr r6, [r9, r10]\n"
               "ldr r3, [r9, r11]\n"
               "ldr r7, [r9, r12]\n"
               "sxtb16 r8, r2\n"
               "sxtb16 r4, r6\n"
               "pkhbt r0, r8, r4, lsl #16\n"
               "pkhtb r4, r4, r8, asr #16\n"
               "sxtb16 r8, r2, ror #8\n"
               "sxtb16 r6, r6, ror #8\n"
               "pkhbt r2, r8, r6, lsl #16\n"
               "pkhtb r6, r6, r8, asr #16\n"
               "sxtb16 r8, r3\n"
               "sxtb16 r5, r7\n"
               "pkhbt r1, r8, r5, lsl #16\n"
               "pkhtb r5, r5, r8, asr #16\n"
               "sxtb16 r8, r3, ror #8\n"
               "sxtb16 r7, r7, ror #8\n"
               "pkhbt r3, r8, r7, lsl #16\n"
               "pkhtb r7, r7, r8, asr #16\n" PUDU_COLUMNS_END
               :
               : [source] "r"(&source)
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

template <>
inline void fill_columns<std::int16_t>(ColumnSource source, std::int32_t count, std::int32_t* to) noexcept {
  source.to = to, source.end = to + 8 * count, source.step -= 4;
  asm volatile(PUDU_COLUMNS_BEGIN
               "ldr r8, [r9]\n"
               "ldr r3, [r9, r10]\n"
               "pkhbt r0, r8, r3, lsl #16\n"
               "pkhtb r2, r3, r8, asr #16\n"
               "ldr r8, [r9, r11]\n"
               "ldr r4, [r9, r12]\n"
               "pkhbt r1, r8, r4, lsl #16\n"
               "pkhtb r3, r4, r8, asr #16\n"
               "add r9, r9, #4\n"
               "ldr r8, [r9]\n"
               "ldr r7, [r9, r10]\n"
               "pkhbt r4, r8, r7, lsl #16\n"
               "pkhtb r6, r7, r8, asr #16\n"
               "ldr r8, [r9, r11]\n"
               "ldr r7, [r9, r12]\n"
               "pkhbt r5, r8, r7, lsl #16\n"
               "pkhtb r7, r7, r8, asr #16\n" PUDU_COLUMNS_END
               :
               : [source] "r"(&source)
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}
#undef PUDU_COLUMNS_BEGIN
#undef PUDU_COLUMNS_END

#define PUDU_PAIR_ROWS          \
  "sxtb16 r8, r1\n"             \
  "sxtb16 r2, r3\n"             \
  "pkhbt r0, r8, r2, lsl #16\n" \
  "pkhtb r2, r2, r8, asr #16\n" \
  "sxtb16 r8, r1, ror #8\n"     \
  "sxtb16 r3, r3, ror #8\n"     \
  "pkhbt r1, r8, r3, lsl #16\n" \
  "pkhtb r3, r3, r8, asr #16\n" \
  "stm lr!, {r0-r3}\n"

/// `count` (at least 1) pairs of columns A, B of three rows: [pair, 3 words, 4 channels], rows 0 and 1 of A, of B, row
/// 2 of A and B. Offsets: row 1 of A; row 0 of B; row 1 of B; row 2 of A; row 2 of B.
template <class Code>
void fill_column_pairs(ColumnSource source, std::int32_t count, std::int32_t* to) noexcept;

template <>
inline void fill_column_pairs<std::int8_t>(ColumnSource source, std::int32_t count, std::int32_t* to) noexcept {
  source.to = to, source.end = to + 12 * count;
  asm volatile(
      "push {r4-r11, lr}\n"
      "mov r9, %[source]\n"
      "ldrd lr, r8, [r9, #28]\n"
      "ldr r10, [r9, #24]\n"
      "lsl r10, r10, #1\n"
      "push {r8, r10}\n"
      "ldr r4, [r9, #4]\n"
      "ldr r5, [r9, #8]\n"
      "ldr r6, [r9, #12]\n"
      "ldr r7, [r9, #16]\n"
      "ldr r10, [r9, #20]\n"
      "ldr r9, [r9]\n"
      "ldr r11, [sp]\n"
      "ldr r12, [sp, #4]\n"
      "1:\n"
      "ldr r1, [r9]\n"
      "ldr r3, [r9, r4]\n" PUDU_PAIR_ROWS
      "ldr r1, [r9, r5]\n"
      "ldr r3, [r9, r6]\n" PUDU_PAIR_ROWS
      "ldr r1, [r9, r7]\n"
      "ldr r3, [r9, r10]\n" PUDU_PAIR_ROWS
      "add r9, r9, r12\n"
      "cmp lr, r11\n"
      "bne 1b\n"
      "add sp, sp, #8\n"
      "pop {r4-r11, lr}\n"
      :
      : [source] "r"(&source)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}
#undef PUDU_PAIR_ROWS

// Two channels of two rows, at a distance in the words of a pair.
#define PUDU_PAIR_CHANNELS(first, second, at) \
  "ldr r1, [r9" first                         \
  "]\n"                                       \
  "ldr r3, [r9, " second                      \
  "]\n"                                       \
  "pkhbt r0, r1, r3, lsl #16\n"               \
  "pkhtb r1, r3, r1, asr #16\n"               \
  "strd r0, r1, [lr, #" at "]\n"

template <>
inline void fill_column_pairs<std::int16_t>(ColumnSource source, std::int32_t count, std::int32_t* to) noexcept {
  source.to = to, source.end = to + 12 * count, source.step = 2 * source.step - 4;
  asm volatile(
      "push {r4-r11, lr}\n"
      "mov r9, %[source]\n"
      "ldrd lr, r11, [r9, #28]\n"
      "ldr r12, [r9, #24]\n"
      "ldr r4, [r9, #4]\n"
      "ldr r5, [r9, #8]\n"
      "ldr r6, [r9, #12]\n"
      "ldr r7, [r9, #16]\n"
      "ldr r10, [r9, #20]\n"
      "ldr r9, [r9]\n"
      "1:\n" PUDU_PAIR_CHANNELS("", "r4", "0") PUDU_PAIR_CHANNELS(", r5", "r6", "16")
          PUDU_PAIR_CHANNELS(", r7", "r10", "32")
      "add r9, r9, #4\n" PUDU_PAIR_CHANNELS("", "r4", "8") PUDU_PAIR_CHANNELS(", r5", "r6", "24")
          PUDU_PAIR_CHANNELS(", r7", "r10", "40")
      "add r9, r9, r12\n"
      "add lr, lr, #48\n"
      "cmp lr, r11\n"
      "bne 1b\n"
      "pop {r4-r11, lr}\n"
      :
      : [source] "r"(&source)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}
#undef PUDU_PAIR_CHANNELS

#else

/// A code of a column, `bytes` behind `from`.
template <class Code>
std::int32_t code_at(const std::int8_t* from, std::int32_t bytes, std::int32_t channel) noexcept {
  Code code;
  std::memcpy(&code, from + bytes + channel * static_cast<std::int32_t>(sizeof code), sizeof code);
  return code;
}

template <class Code>
void fill_columns(const ColumnSource& source, std::int32_t count, std::int32_t* to) noexcept {
  const std::int8_t* at = source.first;
  const std::int32_t* o = source.offsets;
  for (; count > 0; --count, at += source.step) {
    for (std::int32_t c = 0; c < 4; ++c) {
      *to++ = pair_word(code_at<Code>(at, 0, c), code_at<Code>(at, o[0], c));
      *to++ = pair_word(code_at<Code>(at, o[1], c), code_at<Code>(at, o[2], c));
    }
  }
}

template <class Code>
void fill_column_pairs(const ColumnSource& source, std::int32_t count, std::int32_t* to) noexcept {
  const std::int8_t* at = source.first;
  const std::int32_t* o = source.offsets;
  for (; count > 0; --count, at += 2 * source.step) {
    for (std::int32_t c = 0; c < 4; ++c) *to++ = pair_word(code_at<Code>(at, 0, c), code_at<Code>(at, o[0], c));
    for (std::int32_t c = 0; c < 4; ++c) *to++ = pair_word(code_at<Code>(at, o[1], c), code_at<Code>(at, o[2], c));
    for (std::int32_t c = 0; c < 4; ++c) *to++ = pair_word(code_at<Code>(at, o[3], c), code_at<Code>(at, o[4], c));
  }
}

#endif

}  // namespace pudu::kernels::depthwise_conv2d_dsp
