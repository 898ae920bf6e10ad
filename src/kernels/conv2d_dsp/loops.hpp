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

inline void widen_weights(const void* from, std::int32_t units, std::int16_t* to) noexcept {
  for (std::int32_t word = 0; word < 2 * units; ++word) {
    to = widen_word(static_cast<const char*>(from) + 4 * word, to);
  }
}

#endif

}  // namespace pudu::kernels::conv2d_dsp
