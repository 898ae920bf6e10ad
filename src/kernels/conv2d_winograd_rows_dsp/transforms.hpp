// The transform of a row's values for conv2d_winograd_rows_dsp_s8, in 16-bit lanes, two channels in a word, with a
// portable twin. Words of four channels hold 0, 2 and 1, 3, as SXTB16 parts them.
//
// Values d0..d5 become 4 d0 - 5 d2 + d4, d3 + d4 - 4 d1 - 4 d2, d4 - d3 + 4 d1 - 4 d2, d4 - d2 + 2 d3 - 2 d1,
// d4 - d2 - 2 d3 + 2 d1, 4 d1 - 5 d3 + d5: at most 10 * 128, 12 bits.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/conv2d_winograd_rows_dsp/conv2d_winograd_rows_dsp_s8.hpp"

// Not at -O0, which leaves too few registers to the assembler's loops.
#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__)
#define PUDU_WINOGRAD_ROWS_ASSEMBLY 1
#else
#define PUDU_WINOGRAD_ROWS_ASSEMBLY 0
#endif

namespace pudu::kernels::conv2d_winograd_rows_dsp {

/// One row under a tile.
struct RowSource {
  const std::int8_t* first;    ///< column 0
  std::intptr_t distances[5];  ///< in bytes from it to the columns 1 to 5
  std::int16_t* to;            ///< Blocks::x
  const std::int16_t* to_end;  ///< behind the last of at least one quad
};

#if PUDU_WINOGRAD_ROWS_ASSEMBLY

// Half of a quad: channels 0 and 2, or, with `rotated`, 1 and 3. r0 column 0, r1-r5 distances, r6-r11 values.
#define PUDU_ROW_HALF(rotated, first, o0, o1, o2, o3, o4, o5) \
  "ldr r7, [r0, r1]\n"                                        \
  "ldr r8, [r0, r2]\n"                                        \
  "ldr r9, [r0, r3]\n"                                        \
  "ldr r10, [r0, r4]\n"                                       \
  "ldr r11, [r0, r5]\n" first "sxtb16 r6, r6" rotated         \
  "\n"                                                        \
  "sxtb16 r7, r7" rotated                                     \
  "\n"                                                        \
  "sxtb16 r8, r8" rotated                                     \
  "\n"                                                        \
  "sxtb16 r9, r9" rotated                                     \
  "\n"                                                        \
  "sxtb16 r10, r10" rotated                                   \
  "\n"                                                        \
  "sxtb16 r11, r11" rotated                                   \
  "\n"                                                        \
  "ssub16 lr, r10, r8\n"                                      \
  "ssub16 r6, r6, r8\n"                                       \
  "sadd16 r6, r6, r6\n"                                       \
  "sadd16 r6, r6, r6\n"                                       \
  "sadd16 r6, r6, lr\n"                                       \
  "str r6, [r12, #" o0                                        \
  "]\n"                                                       \
  "ssub16 r6, r7, r9\n"                                       \
  "ssub16 r11, r11, r9\n"                                     \
  "sadd16 r6, r6, r6\n"                                       \
  "sadd16 r11, r11, r6\n"                                     \
  "sadd16 r11, r11, r6\n"                                     \
  "str r11, [r12, #" o5                                       \
  "]\n"                                                       \
  "ssub16 r11, lr, r6\n"                                      \
  "str r11, [r12, #" o3                                       \
  "]\n"                                                       \
  "sadd16 lr, lr, r6\n"                                       \
  "str lr, [r12, #" o4                                        \
  "]\n"                                                       \
  "sadd16 r8, r8, r8\n"                                       \
  "sadd16 r8, r8, r8\n"                                       \
  "ssub16 r10, r10, r8\n"                                     \
  "sadd16 r7, r7, r7\n"                                       \
  "sadd16 r7, r7, r7\n"                                       \
  "ssub16 r9, r9, r7\n"                                       \
  "sadd16 r6, r10, r9\n"                                      \
  "str r6, [r12, #" o1                                        \
  "]\n"                                                       \
  "ssub16 r11, r10, r9\n"                                     \
  "str r11, [r12, #" o2 "]\n"

/// 80 instructions for four channels.
inline void transform_row(const RowSource& source) noexcept {
  asm volatile(
      "push {r4-r11, lr}\n"
      "mov r6, %[source]\n"
      "ldm r6, {r0-r5, r12, lr}\n"
      "push {lr}\n"
      "1:\n" PUDU_ROW_HALF("", "ldr r6, [r0]\n", "0", "8", "16", "24", "32", "40")
          PUDU_ROW_HALF(", ror #8", "ldr r6, [r0], #4\n", "4", "12", "20", "28", "36", "44")
      "add r12, r12, #48\n"
      "ldr r6, [sp]\n"
      "cmp r12, r6\n"
      "bne 1b\n"
      "add sp, sp, #4\n"
      "pop {r4-r11, lr}\n"
      :
      : [source] "r"(&source)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}
#undef PUDU_ROW_HALF

#else

inline void transform_row(const RowSource& source) noexcept {
  constexpr std::int32_t order[4] = {0, 2, 1, 3};
  const std::int8_t* at = source.first;
  for (std::int16_t* to = source.to; to != source.to_end; to += 24, at += 4) {
    for (std::int32_t i = 0; i < 4; ++i) {
      std::int32_t d[6] = {at[order[i]]};
      for (std::int32_t k = 1; k < 6; ++k) d[k] = at[source.distances[k - 1] + order[i]];
      const std::int32_t v[6] = {4 * d[0] - 5 * d[2] + d[4],      d[3] + d[4] - 4 * (d[1] + d[2]),
                                 d[4] - d[3] + 4 * (d[1] - d[2]), d[4] - d[2] + 2 * (d[3] - d[1]),
                                 d[4] - d[2] - 2 * (d[3] - d[1]), 4 * d[1] - 5 * d[3] + d[5]};
      for (std::int32_t k = 0; k < 6; ++k) to[4 * k + i] = static_cast<std::int16_t>(v[k]);
    }
  }
}

#endif

/// 1/3 modulo 2^32: sums are 24 times the convolution's, and times this 8 times.
inline constexpr std::uint32_t third = 0xAAAAAAABU;

}  // namespace pudu::kernels::conv2d_winograd_rows_dsp
