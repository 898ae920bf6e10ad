// Winograd's transforms of values and weights in 16-bit lanes, two channels in a word, with portable twins. Words of a
// unit hold the channels 0, 2 and 1, 3, as SXTB16 parts them.
//
// Values: rows (columns alike) d0..d3 become d0 - d2, d1 + d2, d2 - d1, d3 - d1: at most 4 * 255, 11 bits. Lavin's, but
// for the last one's sign, so that the outputs are m0 + m1 + m2 and m1 - m2 + m3.
// Weights: rows g0..g2 become 2 g0, g0 + g1 + g2, g0 - g1 + g2, 2 g2, twice Lavin's: at most 9 * 128, 12 bits.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/conv2d_winograd_dsp/conv2d_winograd_dsp_s8.hpp"

// Not at -O0, which leaves too few registers to the assembler's loops.
#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__)
#define PUDU_WINOGRAD_ASSEMBLY 1
#else
#define PUDU_WINOGRAD_ASSEMBLY 0
#endif

namespace pudu::kernels::conv2d_winograd_dsp {

inline constexpr std::int32_t column_words = 8;  ///< of a column and four channels: [4 rows, 2 words]
inline constexpr std::int32_t quad_words = 6 * column_words;
inline constexpr std::int32_t position_of_column[4] = {2, 0, 1, 3};  ///< in the order of products

/// What the transform along columns takes.
struct ColumnSource {
  const std::int8_t* rows[4];  ///< the first column's values
  std::int32_t* to;            ///< [quads, 6 columns, 4 rows, 2 words], at the first of `count` columns
  std::int32_t quads, count;   ///< at least 1
};

/// What the transform along rows takes.
struct TileSource {
  std::int32_t* columns;  ///< as above; the last two columns become the first two of the next tiles
  std::int16_t* to;       ///< Blocks::x
  std::int32_t position_bytes;
  std::int32_t quads;  ///< at least 1
};

/// What the transform of weights takes.
struct ChannelSource {
  const std::uint8_t* codes;  ///< [quads, 9 taps, 4]
  std::int32_t quads;         ///< at least 1
  std::int32_t* to;           ///< Blocks::weights, at the channel's first word
  std::int32_t position_bytes;
};

#if PUDU_WINOGRAD_ASSEMBLY

// One row of values: the channels 0, 2 in `a`, and 1, 3 in `b`.
#define PUDU_WIDEN(a, b, from) \
  "ldr " a ", [" from          \
  "], #4\n"                    \
  "sxtb16 " b ", " a           \
  ", ror #8\n"                 \
  "sxtb16 " a ", " a "\n"

/// Columns whose values lie behind each other in all four rows: 25 instructions for four channels.
inline void transform_columns(const ColumnSource& source) noexcept {
  asm volatile(
      "push {r4-r11, lr}\n"
      "mov r0, %[source]\n"
      "ldm r0, {r8-r12}\n"
      "ldrd r2, r3, [r0, #20]\n"
      "add r4, r2, r2, lsl #1\n"
      "lsl r4, r4, #6\n"       // bytes of all quads
      "add r5, r12, r4\n"      // where the column ends
      "rsb r4, r4, #32\n"      // to the next column
      "push {r3, r4, r5}\n"
      "1:\n" PUDU_WIDEN("r0", "r1", "r8") PUDU_WIDEN("r4", "r5", "r10") PUDU_WIDEN("r6", "r7", "r11")
          PUDU_WIDEN("lr", "r2", "r9")
      "ssub16 r0, r0, r4\n"
      "ssub16 r1, r1, r5\n"
      "ssub16 r6, r6, lr\n"
      "ssub16 r7, r7, r2\n"
      "sadd16 r3, r2, r5\n"
      "ssub16 r5, r5, r2\n"
      "sadd16 r2, lr, r4\n"
      "ssub16 r4, r4, lr\n"
      "stm r12, {r0-r7}\n"
      "add r12, r12, #192\n"
      "ldr lr, [sp, #8]\n"
      "cmp r12, lr\n"
      "bne 1b\n"
      "ldrd r0, r1, [sp]\n"
      "add r12, r12, r1\n"
      "add lr, lr, #32\n"
      "subs r0, r0, #1\n"
      "str r0, [sp]\n"
      "str lr, [sp, #8]\n"
      "bne 1b\n"
      "add sp, sp, #12\n"
      "pop {r4-r11, lr}\n"
      :
      : [source] "r"(&source)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}
#undef PUDU_WIDEN

// One row of two tiles, four channels. r12: where the row's column 0 belongs; lr: columns; r10, r11: bytes of a
// position, and of three.
#define PUDU_TILE_ROW(row)        \
  "ldrd r0, r1, [lr, #64+8*" row  \
  "]\n"                           \
  "ldrd r2, r3, [lr, #128+8*" row \
  "]\n"                           \
  "ldrd r4, r5, [lr, #8*" row     \
  "]\n"                           \
  "strd r2, r3, [lr, #8*" row     \
  "]\n"                           \
  "ssub16 r6, r0, r2\n"           \
  "ssub16 r7, r1, r3\n"           \
  "ssub16 r4, r4, r0\n"           \
  "ssub16 r5, r5, r1\n"           \
  "stm r12, {r4-r7}\n"            \
  "sub r12, r12, r10, lsl #1\n"   \
  "ldrd r4, r5, [lr, #32+8*" row  \
  "]\n"                           \
  "ldrd r6, r7, [lr, #96+8*" row  \
  "]\n"                           \
  "sadd16 r8, r4, r0\n"           \
  "sadd16 r9, r5, r1\n"           \
  "sadd16 r10, r6, r2\n"          \
  "sadd16 r11, r7, r3\n"          \
  "stm r12, {r8-r11}\n"           \
  "ldrd r10, r11, [sp]\n"         \
  "add r12, r12, r10\n"           \
  "ssub16 r0, r0, r4\n"           \
  "ssub16 r1, r1, r5\n"           \
  "ssub16 r2, r2, r6\n"           \
  "ssub16 r3, r3, r7\n"           \
  "stm r12, {r0-r3}\n"            \
  "add r12, r12, r10, lsl #1\n"   \
  "ldrd r8, r9, [lr, #160+8*" row \
  "]\n"                           \
  "strd r8, r9, [lr, #32+8*" row  \
  "]\n"                           \
  "ssub16 r4, r6, r4\n"           \
  "ssub16 r5, r7, r5\n"           \
  "ssub16 r6, r8, r6\n"           \
  "ssub16 r7, r9, r7\n"           \
  "stm r12, {r4-r7}\n"            \
  "add r12, r12, r11\n"

/// Two tiles of six columns.
inline void transform_tiles(const TileSource& source) noexcept {
  asm volatile(
      "push {r4-r11, lr}\n"
      "mov r0, %[source]\n"
      "ldm r0, {r0, r1, r2, r3}\n"
      "mov lr, r0\n"
      "mov r10, r2\n"
      "add r11, r2, r2, lsl #1\n"
      "add r12, r1, r2, lsl #1\n"
      "add r3, r3, r3, lsl #1\n"
      "add r3, lr, r3, lsl #6\n"  // where the columns end
      "lsl r2, r2, #4\n"
      "rsb r2, r2, #16\n"  // from behind the last row to the next quad
      "push {r2, r3}\n"
      "push {r10, r11}\n"
      "1:\n" PUDU_TILE_ROW("0") PUDU_TILE_ROW("1") PUDU_TILE_ROW("2") PUDU_TILE_ROW("3")
      "ldrd r0, r1, [sp, #8]\n"
      "add r12, r12, r0\n"
      "add lr, lr, #192\n"
      "cmp lr, r1\n"
      "bne 1b\n"
      "add sp, sp, #16\n"
      "pop {r4-r11, lr}\n"
      :
      : [source] "r"(&source)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}
#undef PUDU_TILE_ROW

// Codes of a row or column of taps: the lanes of the first in r2, r3, the second in r4, r5, the third in r6, r7. Then
// the four transformed ones in r2-r9.
#define PUDU_TAPS        \
  "sadd16 r10, r2, r6\n" \
  "sadd16 r11, r3, r7\n" \
  "sadd16 r8, r6, r6\n"  \
  "sadd16 r9, r7, r7\n"  \
  "ssub16 r6, r10, r4\n" \
  "ssub16 r7, r11, r5\n" \
  "sadd16 r4, r10, r4\n" \
  "sadd16 r5, r11, r5\n" \
  "sadd16 r2, r2, r2\n"  \
  "sadd16 r3, r3, r3\n"

#define PUDU_WIDEN_TAP(low, high, offset) \
  "ldr " low ", [r0, #" offset            \
  "]\n"                                   \
  "sxtb16 " high ", " low                 \
  ", ror #8\n"                            \
  "sxtb16 " low ", " low "\n"
#define PUDU_TAP_COLUMN(first, second, third) \
  PUDU_WIDEN_TAP("r2", "r3", first)           \
  PUDU_WIDEN_TAP("r4", "r5", second)          \
  PUDU_WIDEN_TAP("r6", "r7", third) PUDU_TAPS "push {r2-r9}\n"
#define PUDU_TAP_ROW(first, second, third)    \
  "ldrd r2, r3, [sp, #" first                 \
  "]\n"                                       \
  "ldrd r4, r5, [sp, #" second                \
  "]\n"                                       \
  "ldrd r6, r7, [sp, #" third "]\n" PUDU_TAPS \
  "strd r4, r5, [r12]\n"                      \
  "add r12, r12, lr\n"                        \
  "strd r6, r7, [r12]\n"                      \
  "add r12, r12, lr\n"                        \
  "strd r2, r3, [r12]\n"                      \
  "add r12, r12, lr\n"                        \
  "strd r8, r9, [r12]\n"                      \
  "add r12, r12, lr\n"

/// One channel: 38 instructions an input channel.
inline void transform_channel(const ChannelSource& source) noexcept {
  asm volatile(
      "push {r4-r11, lr}\n"
      "mov r0, %[source]\n"
      "ldm r0, {r0, r1, r12, lr}\n"
      "1:\n" PUDU_TAP_COLUMN("0", "12", "24") PUDU_TAP_COLUMN("4", "16", "28") PUDU_TAP_COLUMN("8", "20", "32")
          PUDU_TAP_ROW("64", "32", "0") PUDU_TAP_ROW("72", "40", "8") PUDU_TAP_ROW("80", "48", "16")
              PUDU_TAP_ROW("88", "56", "24")
      "add sp, sp, #96\n"
      "sub r12, r12, lr, lsl #4\n"
      "add r12, r12, #16\n"
      "add r0, r0, #36\n"
      "subs r1, r1, #1\n"
      "bne 1b\n"
      "pop {r4-r11, lr}\n"
      :
      : [source] "r"(&source)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}
#undef PUDU_TAP_ROW
#undef PUDU_TAP_COLUMN
#undef PUDU_WIDEN_TAP
#undef PUDU_TAPS

#else

/// Two 16-bit lanes.
struct Lanes {
  std::int16_t low, high;
};

inline Lanes add(Lanes a, Lanes b) noexcept {
  return {static_cast<std::int16_t>(a.low + b.low), static_cast<std::int16_t>(a.high + b.high)};
}
inline Lanes subtract(Lanes a, Lanes b) noexcept {
  return {static_cast<std::int16_t>(a.low - b.low), static_cast<std::int16_t>(a.high - b.high)};
}
inline void widen(const void* from, Lanes (&lanes)[2]) noexcept {
  std::int8_t codes[4];
  std::memcpy(codes, from, sizeof codes);
  lanes[0] = {codes[0], codes[2]};
  lanes[1] = {codes[1], codes[3]};
}

inline void transform_values(const Lanes (&d)[4], Lanes (&to)[4]) noexcept {
  to[0] = subtract(d[0], d[2]);
  to[1] = add(d[1], d[2]);
  to[2] = subtract(d[2], d[1]);
  to[3] = subtract(d[3], d[1]);
}

inline void transform_columns(const ColumnSource& source) noexcept {
  std::int32_t offset = 0;
  for (std::int32_t column = 0; column < source.count; ++column) {
    for (std::int32_t quad = 0; quad < source.quads; ++quad, offset += 4) {
      Lanes rows[4][2];
      for (int k = 0; k < 4; ++k) widen(source.rows[k] + offset, rows[k]);
      for (int half = 0; half < 2; ++half) {
        Lanes result[4];
        transform_values({rows[0][half], rows[1][half], rows[2][half], rows[3][half]}, result);
        std::int32_t* to = source.to + quad * quad_words + column * column_words + half;
        for (int k = 0; k < 4; ++k) std::memcpy(to + 2 * k, &result[k], sizeof result[k]);
      }
    }
  }
}

inline void transform_tiles(const TileSource& source) noexcept {
  for (std::int32_t quad = 0; quad < source.quads; ++quad) {
    std::int32_t* columns = source.columns + quad * quad_words;
    for (std::int32_t word = 0; word < 8; ++word) {
      Lanes values[6];
      for (int k = 0; k < 6; ++k) std::memcpy(&values[k], columns + k * column_words + word, sizeof values[k]);
      for (int tile = 0; tile < 2; ++tile) {
        const Lanes* d = values + 2 * tile;
        Lanes result[4];
        transform_values({d[0], d[1], d[2], d[3]}, result);
        for (int k = 0; k < 4; ++k) {
          auto* to = reinterpret_cast<std::int8_t*>(source.to) +
                     (word / 2 * 4 + position_of_column[k]) * source.position_bytes + 16 * quad + 8 * tile +
                     word % 2 * 4;
          std::memcpy(to, &result[k], sizeof result[k]);
        }
      }
    }
    std::memcpy(columns, columns + 4 * column_words, 2 * column_words * sizeof *columns);
  }
}

/// Rows or columns of weights.
inline void transform_taps(Lanes g0, Lanes g1, Lanes g2, Lanes (&to)[4]) noexcept {
  const Lanes sum = add(g0, g2);
  to[0] = add(g0, g0);
  to[1] = add(sum, g1);
  to[2] = subtract(sum, g1);
  to[3] = add(g2, g2);
}

inline void transform_unit(const std::uint8_t* codes, std::int32_t position_words, std::int32_t* to) noexcept {
  Lanes taps[9][2];
  for (int tap = 0; tap < 9; ++tap) widen(codes + 4 * tap, taps[tap]);
  for (int half = 0; half < 2; ++half) {
    Lanes rows[3][4];
    for (int column = 0; column < 3; ++column) {
      transform_taps(taps[column][half], taps[3 + column][half], taps[6 + column][half], rows[column]);
    }
    for (int row = 0; row < 4; ++row) {
      Lanes result[4];
      transform_taps(rows[0][row], rows[1][row], rows[2][row], result);
      for (int column = 0; column < 4; ++column) {
        std::memcpy(to + (4 * row + position_of_column[column]) * position_words + half, &result[column],
                    sizeof result[column]);
      }
    }
  }
}

inline void transform_channel(const ChannelSource& source) noexcept {
  for (std::int32_t unit = 0; unit < source.quads; ++unit) {
    transform_unit(source.codes + 36 * unit, source.position_bytes / 4, source.to + 4 * unit);
  }
}

#endif

/// Weights of a channel pair, [2, quads, 9, 4] codes, as Blocks::weights has them; units behind `quads` become 0.
inline void transform_weights(const std::uint8_t* codes, std::int32_t quads, std::int32_t units,
                              std::int16_t* to) noexcept {
  auto* words = reinterpret_cast<std::int32_t*>(to);
  for (std::int32_t channel = 0; channel < 2; ++channel) {
    transform_channel({codes + 36 * quads * channel, quads, words + 2 * channel, 16 * units});
  }
  if (quads == units) return;
  for (std::int32_t position = 0; position < 16; ++position) {
    std::memset(words + 4 * (position * units + quads), 0, static_cast<std::size_t>(units - quads) * 16);
  }
}

}  // namespace pudu::kernels::conv2d_winograd_dsp
