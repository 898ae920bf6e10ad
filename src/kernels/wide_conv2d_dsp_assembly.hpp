// The inner loops of convolutions of 16-bit codes for the DSP extension: the units of conv2d_dsp_s8, and the ends of
// blocks: outputs of two positions and two channels from the sums r9 (first position, first channel), r10 (first,
// second), r11 (second, first) and r12. In r2-r5 bias and multiplier of both channels, r6 the output, r7 its stride;
// addend and cap at 40 and 44 of the stack. Two channels' int16 codes are stored as one word, which need not be
// aligned.
#pragma once

#include "kernels/conv2d_dsp/units.hpp"
#include "kernels/wide_conv2d_dsp_loops.hpp"

#if PUDU_CONV2D_DSP_ASSEMBLY

namespace pudu::kernels::wide_conv2d_dsp {

#define PUDU_WIDE_BEGIN                      \
  PUDU_CONV2D_DSP_ENTER PUDU_CONV2D_DSP_SUMS \
      "ldm sp, {r1-r8}\n"                    \
      "add r9, r2, r9, lsl #%c[shift]\n"     \
      "add r10, r4, r10, lsl #%c[shift]\n"   \
      "add r11, r2, r11, lsl #%c[shift]\n"   \
      "add r12, r4, r12, lsl #%c[shift]\n"
#define PUDU_WIDE_FOUR(before, after)                                                                           \
  before " r9, " after "r9\n" before " r10, " after "r10\n" before " r11, " after "r11\n" before " r12, " after \
         "r12"                                                                                                  \
         "\n"
#define PUDU_WIDE_MULTIPLY \
  "smmulr r9, r9, r3\n"    \
  "smmulr r10, r10, r5\n"  \
  "smmulr r11, r11, r3\n"  \
  "smmulr r12, r12, r5\n"
#define PUDU_WIDE_MULTIPLY_ADD(mnemonic)                                                     \
  "ldr lr, [sp, #40]\n" mnemonic " r9, r9, r3, lr\n" mnemonic " r10, r10, r5, lr\n" mnemonic \
  " r11, r11, r3, lr\n" mnemonic " r12, r12, r5, lr\n"
#define PUDU_WIDE_PACK           \
  "pkhbt r9, r9, r10, lsl #16\n" \
  "pkhbt r11, r11, r12, lsl #16\n"
#define PUDU_WIDE_STORE      \
  "str r9, [r6]\n"           \
  "str r11, [r6, r7]\n"      \
  "add r6, r6, r7, lsl #1\n" \
  "str r6, [sp, #20]\n" PUDU_CONV2D_DSP_LEAVE
#define PUDU_WIDE_ARGUMENTS                                                                               \
  :                                                                                                 \
  : [block] "r"(&block), [straight] "i"(straight), [loops] "i"(loops), [shift] "i"(wide_sum_shift<Input>) \
  : "r0", "r1", "r2", "r3", "r12", "cc", "memory"

template <class Input, class Output, WideForm Form, int Units>
void gemm(const Conv2dDspBlock& block) noexcept {
  constexpr int straight = Units <= conv2d_dsp::unrolled_units ? Units - 1 : Units - conv2d_dsp::unrolled_units - 1;
  constexpr int loops = Units <= conv2d_dsp::unrolled_units ? 0 : conv2d_dsp::loop_units;
  if constexpr (sizeof(Output) == 1) {
    asm volatile(PUDU_WIDE_BEGIN PUDU_WIDE_MULTIPLY_ADD(
        "smmla") "ssat r9, #8, r9, asr #8\n"
                 "ssat r10, #8, r10, asr #8\n"
                 "ssat r11, #8, r11, asr #8\n"
                 "ssat r12, #8, r12, asr #8\n"
                 "strb r9, [r6]\n"
                 "strb r10, [r6, #1]\n"
                 "add r6, r6, r7\n"
                 "strb r11, [r6]\n"
                 "strb r12, [r6, #1]\n"
                 "add r6, r6, r7\n"
                 "str r6, [sp, #20]\n" PUDU_CONV2D_DSP_LEAVE PUDU_WIDE_ARGUMENTS);
  } else if constexpr (Form == WideForm::Full) {
    asm volatile(PUDU_WIDE_BEGIN PUDU_WIDE_MULTIPLY PUDU_WIDE_FOUR("ssat", "#16, ")
                     PUDU_WIDE_PACK PUDU_WIDE_STORE PUDU_WIDE_ARGUMENTS);
  } else if constexpr (Form == WideForm::NonNegative) {
    asm volatile(PUDU_WIDE_BEGIN PUDU_WIDE_MULTIPLY PUDU_WIDE_FOUR("usat", "#15, ")
                     PUDU_WIDE_PACK PUDU_WIDE_STORE PUDU_WIDE_ARGUMENTS);
  } else {
    asm volatile(PUDU_WIDE_BEGIN PUDU_WIDE_MULTIPLY_ADD("smmlar") PUDU_WIDE_FOUR("usat", "#16, ") PUDU_WIDE_PACK
                 "ldr lr, [sp, #44]\n"
                 "uqsub16 r9, r9, lr\n"
                 "uqsub16 r11, r11, lr\n" PUDU_WIDE_STORE PUDU_WIDE_ARGUMENTS);
  }
}

#undef PUDU_WIDE_ARGUMENTS
#undef PUDU_WIDE_STORE
#undef PUDU_WIDE_PACK
#undef PUDU_WIDE_MULTIPLY_ADD
#undef PUDU_WIDE_MULTIPLY
#undef PUDU_WIDE_FOUR
#undef PUDU_WIDE_BEGIN

}  // namespace pudu::kernels::wide_conv2d_dsp

#endif
