// Two rows of values beside each other in words, for four channels; with its portable twin.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"

// Not at -O0, which leaves too few registers to the assembler's loops.
#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__)
#define PUDU_DEPTHWISE_5X5_ASSEMBLY 1
#else
#define PUDU_DEPTHWISE_5X5_ASSEMBLY 0
#endif

namespace pudu::kernels::depthwise_conv2d_5x5_dsp {

/// The columns of an outputs' order: for stride 1 as they lie, for stride 2 those of even and of odd numbers.
inline constexpr std::int32_t column_order[2][5] = {{0, 1, 2, 3, 4}, {0, 2, 4, 1, 3}};

/// Two values as a word: int16 beside int16.
constexpr std::int32_t pair_word(std::int32_t low, std::int32_t high) noexcept {
  return static_cast<std::int32_t>((static_cast<std::uint32_t>(low) & 0xFFFFU) | static_cast<std::uint32_t>(high)
                                                                                     << 16);
}

/// Two rows under `count` columns.
struct PairSource {
  const std::int8_t* first;  ///< the low halves
  std::int32_t second;       ///< bytes to the high halves
  std::int32_t column_step;  ///< bytes of input
  std::int32_t* to;          ///< 4 words
  std::int32_t to_step;      ///< bytes
  std::int32_t count;        ///< at least 1
};

#if PUDU_DEPTHWISE_5X5_ASSEMBLY

/// 15 instructions a column.
inline void fill_pair(const PairSource& source) noexcept {
  asm volatile(
      "push {r4-r11, lr}\n"
      "mov r0, %[source]\n"
      "ldm r0, {r8-r12, lr}\n"
      "1:\n"
      "ldr r4, [r8]\n"
      "ldr r5, [r8, r9]\n"
      "add r8, r8, r10\n"
      "sxtb16 r6, r4\n"
      "sxtb16 r7, r5\n"
      "sxtb16 r4, r4, ror #8\n"
      "sxtb16 r5, r5, ror #8\n"
      "pkhbt r0, r6, r7, lsl #16\n"
      "pkhtb r2, r7, r6, asr #16\n"
      "pkhbt r1, r4, r5, lsl #16\n"
      "pkhtb r3, r5, r4, asr #16\n"
      "stm r11, {r0-r3}\n"
      "add r11, r11, r12\n"
      "subs lr, lr, #1\n"
      "bne 1b\n"
      "pop {r4-r11, lr}\n"
      :
      : [source] "r"(&source)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

#else

inline void fill_pair(const PairSource& source) noexcept {
  std::int32_t* to = source.to;
  for (std::int32_t column = 0; column < source.count; ++column, to += source.to_step / 4) {
    const std::int8_t* low = source.first + column * source.column_step;
    for (std::int32_t channel = 0; channel < 4; ++channel) {
      to[channel] = pair_word(low[channel], low[source.second + channel]);
    }
  }
}

#endif

}  // namespace pudu::kernels::depthwise_conv2d_5x5_dsp
