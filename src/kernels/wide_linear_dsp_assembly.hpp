// The loops of linear layers of 16-bit codes for the DSP extension: the inner products of linear_dsp_s8, and the
// outputs of four sums in r8-r11. r3 points to biases and multipliers, r12 to Groups, with the addend at 28 and the cap
// at 32; r4-r7 and lr are free.
#pragma once

#include "kernels/linear_dsp/units.hpp"
#include "kernels/wide_linear_dsp_loops.hpp"

#if PUDU_LINEAR_DSP_ASSEMBLY

namespace pudu::kernels::wide_linear_dsp {

#define PUDU_WIDE_ONE(sum, bias, multiply) "add " sum ", " bias ", " sum ", lsl #%c[shift]\n" multiply
// `mnemonic` takes sum, sum, multiplier and `more`.
#define PUDU_WIDE_FOUR(mnemonic, more)                                                                \
  "ldm r3!, {r4-r7}\n" PUDU_WIDE_ONE("r8", "r4", mnemonic " r8, r8, r5" more "\n")                    \
      PUDU_WIDE_ONE("r9", "r6", mnemonic " r9, r9, r7" more "\n") "ldm r3!, {r4-r7}\n" PUDU_WIDE_ONE( \
          "r10", "r4", mnemonic " r10, r10, r5" more "\n")                                            \
          PUDU_WIDE_ONE("r11", "r6", mnemonic " r11, r11, r7" more "\n")
#define PUDU_WIDE_SATURATE(before, after) \
  before "r8, " after "r8\n" before "r9, " after "r9\n" before "r10, " after "r10\n" before "r11, " after "r11\n"
#define PUDU_WIDE_PACK          \
  "pkhbt r8, r8, r9, lsl #16\n" \
  "pkhbt r10, r10, r11, lsl #16\n"
#define PUDU_WIDE_FULL PUDU_WIDE_FOUR("smmulr", "") PUDU_WIDE_SATURATE("ssat ", "#16, ") PUDU_WIDE_PACK
#define PUDU_WIDE_NON_NEGATIVE PUDU_WIDE_FOUR("smmulr", "") PUDU_WIDE_SATURATE("usat ", "#15, ") PUDU_WIDE_PACK
#define PUDU_WIDE_CAPPED                                                                                      \
  "ldr lr, [r12, #28]\n" PUDU_WIDE_FOUR("smmlar", ", lr") PUDU_WIDE_SATURATE("usat ", "#16, ") PUDU_WIDE_PACK \
      "ldr lr, [r12, #32]\n"                                                                                  \
      "uqsub16 r8, r8, lr\n"                                                                                  \
      "uqsub16 r10, r10, lr\n"
#define PUDU_WIDE_INT8 \
  "ldr lr, [r12, #28]\n" PUDU_WIDE_FOUR("smmla", ", lr") \
  "ssat r8, #8, r8, asr #8\n"                           \
  "ssat r9, #8, r9, asr #8\n"                           \
  "ssat r10, #8, r10, asr #8\n"                         \
  "ssat r11, #8, r11, asr #8\n"
#define PUDU_WIDE_STORE_INT16 \
  "str r8, [r4]\n"            \
  "str r10, [r4, #4]\n"       \
  "add r4, r4, #8\n"
#define PUDU_WIDE_STORE_INT8 \
  "strb r8, [r4]\n"          \
  "strb r9, [r4, #1]\n"      \
  "strb r10, [r4, #2]\n"     \
  "strb r11, [r4, #3]\n"     \
  "add r4, r4, #4\n"

#define PUDU_WIDE_RUN(unit, requantize, store)                             \
  asm volatile(PUDU_LINEAR_DSP_GROUPS(unit, requantize, store)             \
               :                                                           \
               : [groups] "r"(&groups), [shift] "i"(wide_sum_shift<Input>) \
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory")
#define PUDU_WIDE_RUN_EITHER(requantize, store)                    \
  if constexpr (WeightBits == 16) {                                \
    PUDU_WIDE_RUN(PUDU_LINEAR_DSP_WIDE_UNIT, requantize, store);   \
  } else {                                                         \
    PUDU_WIDE_RUN(PUDU_LINEAR_DSP_NARROW_UNIT, requantize, store); \
  }

template <class Input, class Output, WideForm Form, int WeightBits>
void run_groups(Groups& groups) noexcept {
  if constexpr (sizeof(Output) == 1) {
    PUDU_WIDE_RUN_EITHER(PUDU_WIDE_INT8, PUDU_WIDE_STORE_INT8)
  } else if constexpr (Form == WideForm::Full) {
    PUDU_WIDE_RUN_EITHER(PUDU_WIDE_FULL, PUDU_WIDE_STORE_INT16)
  } else if constexpr (Form == WideForm::NonNegative) {
    PUDU_WIDE_RUN_EITHER(PUDU_WIDE_NON_NEGATIVE, PUDU_WIDE_STORE_INT16)
  } else {
    PUDU_WIDE_RUN_EITHER(PUDU_WIDE_CAPPED, PUDU_WIDE_STORE_INT16)
  }
}

#undef PUDU_WIDE_RUN_EITHER
#undef PUDU_WIDE_RUN
#undef PUDU_WIDE_STORE_INT8
#undef PUDU_WIDE_STORE_INT16
#undef PUDU_WIDE_INT8
#undef PUDU_WIDE_CAPPED
#undef PUDU_WIDE_NON_NEGATIVE
#undef PUDU_WIDE_FULL
#undef PUDU_WIDE_PACK
#undef PUDU_WIDE_SATURATE
#undef PUDU_WIDE_FOUR
#undef PUDU_WIDE_ONE

}  // namespace pudu::kernels::wide_linear_dsp

#endif
