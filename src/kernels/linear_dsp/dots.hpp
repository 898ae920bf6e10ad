// Widening and inner products of linear_dsp_s8, with their portable twins.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/linear_dsp/linear_dsp_s8.hpp"

// Not at -O0, which leaves too few registers to the assembler's loops.
#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__)
#define PUDU_LINEAR_DSP_ASSEMBLY 1
#else
#define PUDU_LINEAR_DSP_ASSEMBLY 0
#endif

namespace pudu::kernels::linear_dsp {

/// `units` words of four codes, the values in the order 0, 2, 1, 3. Gives the end.
inline std::int16_t* widen(const std::int8_t* from, std::int32_t units, std::int16_t* to) noexcept {
#if PUDU_LINEAR_DSP_ASSEMBLY
  for (; units > 0; --units) {
    std::int32_t even, odd;
    asm volatile(
        "ldr %[odd], [%[from]], #4\n"
        "sxtb16 %[even], %[odd]\n"
        "sxtb16 %[odd], %[odd], ror #8\n"
        "strd %[even], %[odd], [%[to]], #8\n"
        : [from] "+r"(from), [to] "+r"(to), [even] "=&r"(even), [odd] "=&r"(odd)
        :
        : "memory");
  }
#else
  for (; units > 0; --units, from += 4, to += 4) {
    to[0] = from[0], to[1] = from[2], to[2] = from[1], to[3] = from[3];
  }
#endif
  return to;
}

}  // namespace pudu::kernels::linear_dsp
