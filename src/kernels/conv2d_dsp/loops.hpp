// Widening of values and weights for conv2d_dsp_s8: SXTB16 parts the bytes 0, 2 and 1, 3 of a word, so units of four
// values lie as 0, 2, 1, 3. With their portable twins.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"

// Not at -O0, which leaves too few registers to the assembler's loops.
#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__)
#define PUDU_CONV2D_DSP_ASSEMBLY 1
#else
#define PUDU_CONV2D_DSP_ASSEMBLY 0
#endif

namespace pudu::kernels::conv2d_dsp {

#if PUDU_CONV2D_DSP_ASSEMBLY

#define PUDU_WIDEN_UNIT      \
  "ldr r2, [%[a]], #4\n"     \
  "ldr r12, [%[b]], #4\n"    \
  "sxtb16 r0, r2\n"          \
  "sxtb16 r1, r2, ror #8\n"  \
  "sxtb16 r2, r12\n"         \
  "sxtb16 r3, r12, ror #8\n" \
  "stm %[to]!, {r0-r3}\n"

/// Two rows of `units` words beside each other: [units, 2, 4]. Gives the end.
inline std::int16_t* widen_units(const void* a, const void* b, std::int32_t units, std::int16_t* to) noexcept {
  if ((units & 1) != 0) {
    asm volatile(PUDU_WIDEN_UNIT : [a] "+r"(a), [b] "+r"(b), [to] "+r"(to) : : "r0", "r1", "r2", "r3", "r12", "memory");
  }
  for (std::int32_t left = units >> 1; left > 0; --left) {
    asm volatile(PUDU_WIDEN_UNIT PUDU_WIDEN_UNIT
                 : [a] "+r"(a), [b] "+r"(b), [to] "+r"(to)
                 :
                 : "r0", "r1", "r2", "r3", "r12", "memory");
  }
  return to;
}
#undef PUDU_WIDEN_UNIT

/// The same of codes of 16 bits, which keep their order.
inline std::int16_t* widen_units(const std::int16_t* a, const std::int16_t* b, std::int32_t units,
                                 std::int16_t* to) noexcept {
  // Multiple loads are for whole words.
  if (((reinterpret_cast<std::uintptr_t>(a) | reinterpret_cast<std::uintptr_t>(b)) & 3U) == 0) {
    for (; units > 0; --units) {
      asm volatile(
          "ldm %[a]!, {r0, r1}\n"
          "ldm %[b]!, {r2, r3}\n"
          "stm %[to]!, {r0-r3}\n"
          : [a] "+r"(a), [b] "+r"(b), [to] "+r"(to)
          :
          : "r0", "r1", "r2", "r3", "memory");
    }
    return to;
  }
  for (; units > 0; --units) {
    asm volatile(
        "ldr r0, [%[a]], #4\n"
        "ldr r1, [%[a]], #4\n"
        "ldr r2, [%[b]], #4\n"
        "ldr r3, [%[b]], #4\n"
        "stm %[to]!, {r0-r3}\n"
        : [a] "+r"(a), [b] "+r"(b), [to] "+r"(to)
        :
        : "r0", "r1", "r2", "r3", "memory");
  }
  return to;
}

/// The same of rows whose words lie beside each other already.
inline void widen_weights(const void* from, std::int32_t units, std::int16_t* to) noexcept {
  for (; units > 0; --units) {
    asm volatile(
        "ldm %[from]!, {r2, r12}\n"
        "sxtb16 r0, r2\n"
        "sxtb16 r1, r2, ror #8\n"
        "sxtb16 r2, r12\n"
        "sxtb16 r3, r12, ror #8\n"
        "stm %[to]!, {r0-r3}\n"
        : [from] "+r"(from), [to] "+r"(to)
        :
        : "r0", "r1", "r2", "r3", "r12", "memory");
  }
}

/// The windows of a kernel of three pieces of nine bytes, whose ends are joined: 59 instructions two positions.
struct NineByteRun {
  const std::int8_t* first;
  const std::int8_t* second;  ///< the position beside it
  std::int32_t row;           ///< bytes from a piece to the next
  std::int32_t step;          ///< bytes from two positions to the next two, less two rows
  std::int16_t* to;
  std::int32_t count;  ///< of two positions each; at least 1
};

#define PUDU_NINE_BYTE_WORD(offset) \
  "ldr r0, [r8, #" offset           \
  "]\n"                             \
  "ldr r2, [r9, #" offset           \
  "]\n"                             \
  "sxtb16 r1, r0, ror #8\n"         \
  "sxtb16 r0, r0\n"                 \
  "sxtb16 r3, r2, ror #8\n"         \
  "sxtb16 r2, r2\n"                 \
  "stm r12!, {r0-r3}\n"
#define PUDU_NINE_BYTES(end_of_first, end_of_second) \
  PUDU_NINE_BYTE_WORD("0")                           \
  PUDU_NINE_BYTE_WORD("4")                           \
  "ldrsb " end_of_first                              \
  ", [r8, #8]\n"                                     \
  "ldrsb " end_of_second ", [r9, #8]\n"

inline std::int16_t* widen_nine_bytes(const NineByteRun& run) noexcept {
  asm volatile(
      "push {r4-r11, lr}\n"
      "mov r0, %[run]\n"
      "ldm r0, {r8-r12, lr}\n"
      "1:\n" PUDU_NINE_BYTES("r4", "r6")
      "add r8, r8, r10\n"
      "add r9, r9, r10\n" PUDU_NINE_BYTES("r5", "r7")
      "add r8, r8, r10\n"
      "add r9, r9, r10\n" PUDU_NINE_BYTES("r0", "r2")
      "pkhbt r4, r4, r0, lsl #16\n"
      "pkhbt r6, r6, r2, lsl #16\n"
      "stm r12!, {r4-r7}\n"
      "add r8, r8, r11\n"
      "add r9, r9, r11\n"
      "subs lr, lr, #1\n"
      "bne 1b\n"
      "pop {r4-r11, lr}\n"
      :
      : [run] "r"(&run)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  return run.to + run.count * 56;
}
#undef PUDU_NINE_BYTES
#undef PUDU_NINE_BYTE_WORD

#else

inline std::int16_t* widen_word(const void* from, std::int16_t* to) noexcept {
  std::int8_t values[4];
  std::memcpy(values, from, sizeof values);
  to[0] = values[0], to[1] = values[2], to[2] = values[1], to[3] = values[3];
  return to + 4;
}

inline std::int16_t* widen_units(const void* a, const void* b, std::int32_t units, std::int16_t* to) noexcept {
  for (std::int32_t unit = 0; unit < units; ++unit) {
    to = widen_word(static_cast<const char*>(a) + 4 * unit, to);
    to = widen_word(static_cast<const char*>(b) + 4 * unit, to);
  }
  return to;
}

inline std::int16_t* widen_units(const std::int16_t* a, const std::int16_t* b, std::int32_t units,
                                 std::int16_t* to) noexcept {
  for (; units > 0; --units, a += 4, b += 4, to += 8) {
    std::memcpy(to, a, 4 * sizeof(std::int16_t));
    std::memcpy(to + 4, b, 4 * sizeof(std::int16_t));
  }
  return to;
}

inline void widen_weights(const void* from, std::int32_t units, std::int16_t* to) noexcept {
  for (std::int32_t word = 0; word < 2 * units; ++word) {
    to = widen_word(static_cast<const char*>(from) + 4 * word, to);
  }
}

#endif

}  // namespace pudu::kernels::conv2d_dsp
