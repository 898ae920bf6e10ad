// The slides of depthwise convolutions of 16-bit codes for the DSP extension: those of depthwise_conv2d_dsp_s8, and the
// forms of requantization. On the stack lie b, m, addend and cap of the channel at 0, 4, 8 and 12, row_step and
// position_step at 16 and 20.
#pragma once

#include "kernels/depthwise_conv2d_dsp/slides.hpp"
#include "kernels/wide_depthwise_conv2d_dsp_slides.hpp"

#if PUDU_DEPTHWISE_DSP_ASSEMBLY

namespace pudu::kernels::wide_depthwise_conv2d_dsp {

// Two sums; r6 and r7 are free, and hold row_step and position_step at the end.
#define PUDU_WIDE_BIAS_TWO(a, b) \
  "ldrd r6, r7, [sp]\n"          \
  "add " a ", r6, " a            \
  ", lsl #%c[shift]\n"           \
  "add " b ", r6, " b ", lsl #%c[shift]\n"
#define PUDU_WIDE_MULTIPLY_TWO(a, b) \
  PUDU_WIDE_BIAS_TWO(a, b)           \
  "smmulr " a ", " a                 \
  ", r7\n"                           \
  "smmulr " b ", " b                 \
  ", r7\n"                           \
  "ldrd r6, r7, [sp, #16]\n"
#define PUDU_WIDE_FULL_TWO(a, b) \
  PUDU_WIDE_MULTIPLY_TWO(a, b)   \
  "ssat " a ", #16, " a          \
  "\n"                           \
  "ssat " b ", #16, " b "\n"
#define PUDU_WIDE_NON_NEGATIVE_TWO(a, b) \
  PUDU_WIDE_MULTIPLY_TWO(a, b)           \
  "usat " a ", #15, " a                  \
  "\n"                                   \
  "usat " b ", #15, " b "\n"
#define PUDU_WIDE_CAPPED_TWO(a, b) \
  PUDU_WIDE_BIAS_TWO(a, b)         \
  "ldr r6, [sp, #8]\n"             \
  "smmlar " a ", " a               \
  ", r7, r6\n"                     \
  "smmlar " b ", " b               \
  ", r7, r6\n"                     \
  "ldr r7, [sp, #12]\n"            \
  "usat " a ", #16, " a            \
  "\n"                             \
  "usat " b ", #16, " b            \
  "\n"                             \
  "pkhbt " a ", " a ", " b         \
  ", lsl #16\n"                    \
  "uqsub16 " a ", " a              \
  ", r7\n"                         \
  "lsr " b ", " a                  \
  ", #16\n"                        \
  "ldrd r6, r7, [sp, #16]\n"
#define PUDU_WIDE_INT8_TWO(a, b) \
  PUDU_WIDE_BIAS_TWO(a, b)       \
  "ldr r6, [sp, #8]\n"           \
  "smmla " a ", " a              \
  ", r7, r6\n"                   \
  "smmla " b ", " b              \
  ", r7, r6\n"                   \
  "ldrd r6, r7, [sp, #16]\n"     \
  "ssat " a ", #8, " a           \
  ", asr #8\n"                   \
  "ssat " b ", #8, " b ", asr #8\n"

// One sum; b and m in r10 and r11.
#define PUDU_WIDE_MULTIPLY_ONE(sum) \
  "add " sum ", r10, " sum          \
  ", lsl #%c[shift]\n"              \
  "smmulr " sum ", " sum ", r11\n"
#define PUDU_WIDE_FULL_ONE(sum) PUDU_WIDE_MULTIPLY_ONE(sum) "ssat " sum ", #16, " sum "\n"
#define PUDU_WIDE_NON_NEGATIVE_ONE(sum) PUDU_WIDE_MULTIPLY_ONE(sum) "usat " sum ", #15, " sum "\n"
#define PUDU_WIDE_CAPPED_ONE(sum) \
  "add " sum ", r10, " sum        \
  ", lsl #%c[shift]\n"            \
  "ldrd r6, r7, [sp, #8]\n"       \
  "smmlar " sum ", " sum          \
  ", r11, r6\n"                   \
  "usat " sum ", #16, " sum       \
  "\n"                            \
  "uqsub16 " sum ", " sum ", r7\n"
#define PUDU_WIDE_INT8_ONE(sum) \
  "add " sum ", r10, " sum      \
  ", lsl #%c[shift]\n"          \
  "ldr r6, [sp, #8]\n"          \
  "smmla " sum ", " sum         \
  ", r11, r6\n"                 \
  "ssat " sum ", #8, " sum ", asr #8\n"
#define PUDU_WIDE_VALUES_AGAIN "ldrd r6, r7, [r12, #-32]\n"

// Stride 2: the sum in r8; b, m and position_step in r9-r11.
#define PUDU_WIDE_LOAD_STRIDE2 \
  "ldrd r9, r10, [sp]\n"       \
  "ldr r11, [sp, #20]\n"
#define PUDU_WIDE_FULL_STRIDE2(saturate) \
  "add r8, r9, r8, lsl #%c[shift]\n"     \
  "smmulr r8, r8, r10\n" saturate        \
  "strh r8, [lr]\n"                      \
  "add lr, lr, r11\n"
#define PUDU_WIDE_CAPPED_STRIDE2     \
  "add r8, r9, r8, lsl #%c[shift]\n" \
  "ldr r9, [sp, #8]\n"               \
  "smmlar r8, r8, r10, r9\n"         \
  "ldr r9, [sp, #12]\n"              \
  "usat r8, #16, r8\n"               \
  "uqsub16 r8, r8, r9\n"             \
  "ldr r9, [sp]\n"                   \
  "strh r8, [lr]\n"                  \
  "add lr, lr, r11\n"
#define PUDU_WIDE_INT8_STRIDE2       \
  "add r8, r9, r8, lsl #%c[shift]\n" \
  "ldr r9, [sp, #8]\n"               \
  "smmla r8, r8, r10, r9\n"          \
  "ldr r9, [sp]\n"                   \
  "ssat r8, #8, r8, asr #8\n"        \
  "strb r8, [lr]\n"                  \
  "add lr, lr, r11\n"

#define PUDU_WIDE_SLIDE(text)                                            \
  asm volatile(text                                                      \
               :                                                         \
               : [group] "r"(&group), [shift] "i"(wide_sum_shift<Input>) \
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory")

template <class Input, class Output, WideForm Form, int Kind>
void slide(const SlideGroup& group) noexcept {
  using namespace depthwise_conv2d_dsp;
  constexpr bool is_int8 = sizeof(Output) == 1, is_full = Form == WideForm::Full, is_capped = Form == WideForm::Capped;
  if constexpr (Kind == two_rows && is_int8) {
    PUDU_WIDE_SLIDE(PUDU_SLIDE_STRIDE1("strb", "1", PUDU_WIDE_INT8_TWO("r8", "r9"), PUDU_WIDE_INT8_TWO("r10", "r11")));
  } else if constexpr (Kind == two_rows && is_full) {
    PUDU_WIDE_SLIDE(PUDU_SLIDE_STRIDE1("strh", "2", PUDU_WIDE_FULL_TWO("r8", "r9"), PUDU_WIDE_FULL_TWO("r10", "r11")));
  } else if constexpr (Kind == two_rows && is_capped) {
    PUDU_WIDE_SLIDE(
        PUDU_SLIDE_STRIDE1("strh", "2", PUDU_WIDE_CAPPED_TWO("r8", "r9"), PUDU_WIDE_CAPPED_TWO("r10", "r11")));
  } else if constexpr (Kind == two_rows) {
    PUDU_WIDE_SLIDE(PUDU_SLIDE_STRIDE1("strh", "2", PUDU_WIDE_NON_NEGATIVE_TWO("r8", "r9"),
                                       PUDU_WIDE_NON_NEGATIVE_TWO("r10", "r11")));
  } else if constexpr (Kind == one_row && is_int8) {
    PUDU_WIDE_SLIDE(PUDU_SLIDE_ONE_ROW("strb", "1", PUDU_WIDE_INT8_ONE, PUDU_WIDE_VALUES_AGAIN));
  } else if constexpr (Kind == one_row && is_full) {
    PUDU_WIDE_SLIDE(PUDU_SLIDE_ONE_ROW("strh", "2", PUDU_WIDE_FULL_ONE, ""));
  } else if constexpr (Kind == one_row && is_capped) {
    PUDU_WIDE_SLIDE(PUDU_SLIDE_ONE_ROW("strh", "2", PUDU_WIDE_CAPPED_ONE, PUDU_WIDE_VALUES_AGAIN));
  } else if constexpr (Kind == one_row) {
    PUDU_WIDE_SLIDE(PUDU_SLIDE_ONE_ROW("strh", "2", PUDU_WIDE_NON_NEGATIVE_ONE, ""));
  } else if constexpr (is_int8) {
    PUDU_WIDE_SLIDE(PUDU_SLIDE_STRIDE2("1", PUDU_WIDE_LOAD_STRIDE2, PUDU_WIDE_INT8_STRIDE2));
  } else if constexpr (is_capped) {
    PUDU_WIDE_SLIDE(PUDU_SLIDE_STRIDE2("2", PUDU_WIDE_LOAD_STRIDE2, PUDU_WIDE_CAPPED_STRIDE2));
  } else if constexpr (is_full) {
    PUDU_WIDE_SLIDE(PUDU_SLIDE_STRIDE2("2", PUDU_WIDE_LOAD_STRIDE2, PUDU_WIDE_FULL_STRIDE2("ssat r8, #16, r8\n")));
  } else {
    PUDU_WIDE_SLIDE(PUDU_SLIDE_STRIDE2("2", PUDU_WIDE_LOAD_STRIDE2, PUDU_WIDE_FULL_STRIDE2("usat r8, #15, r8\n")));
  }
}

#undef PUDU_WIDE_SLIDE
#undef PUDU_WIDE_INT8_STRIDE2
#undef PUDU_WIDE_CAPPED_STRIDE2
#undef PUDU_WIDE_FULL_STRIDE2
#undef PUDU_WIDE_LOAD_STRIDE2
#undef PUDU_WIDE_VALUES_AGAIN
#undef PUDU_WIDE_INT8_ONE
#undef PUDU_WIDE_CAPPED_ONE
#undef PUDU_WIDE_NON_NEGATIVE_ONE
#undef PUDU_WIDE_FULL_ONE
#undef PUDU_WIDE_MULTIPLY_ONE
#undef PUDU_WIDE_INT8_TWO
#undef PUDU_WIDE_CAPPED_TWO
#undef PUDU_WIDE_NON_NEGATIVE_TWO
#undef PUDU_WIDE_FULL_TWO
#undef PUDU_WIDE_MULTIPLY_TWO
#undef PUDU_WIDE_BIAS_TWO

}  // namespace pudu::kernels::wide_depthwise_conv2d_dsp

#endif
