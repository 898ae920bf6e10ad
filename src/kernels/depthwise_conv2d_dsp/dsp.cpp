// The slides of depthwise_conv2d_dsp_s8 for the DSP extension: those of slides.hpp and the forms of requantization.
#include "kernels/depthwise_conv2d_dsp/columns.hpp"
#include "kernels/depthwise_conv2d_dsp/instances.hpp"
#include "kernels/depthwise_conv2d_dsp/slides.hpp"

#if PUDU_DEPTHWISE_DSP_ASSEMBLY

namespace pudu::kernels::depthwise_conv2d_dsp {

#define PUDU_LINE_TWO(a, b)  \
  "ldrd r6, r7, [sp]\n"      \
  "add " a ", r6, " a        \
  ", lsl #8\n"               \
  "add " b ", r6, " b        \
  ", lsl #8\n"               \
  "smmul " a ", " a          \
  ", r7\n"                   \
  "smmul " b ", " b          \
  ", r7\n"                   \
  "ldrd r6, r7, [sp, #16]\n" \
  "ssat " a ", #8, " a       \
  ", asr #%c[shift]\n"       \
  "ssat " b ", #8, " b ", asr #%c[shift]\n"

#define PUDU_ROUND_TWO(a, b) \
  "ldrd r6, r7, [sp]\n"      \
  "add " a ", r6, " a        \
  ", lsl #1\n"               \
  "add " b ", r6, " b        \
  ", lsl #1\n"               \
  "ldr r6, [sp, #8]\n"       \
  "add r6, r6, " a           \
  ", asr #31\n"              \
  "smmlar " a ", " a         \
  ", r7, r6\n"               \
  "ldr r6, [sp, #8]\n"       \
  "add r6, r6, " b           \
  ", asr #31\n"              \
  "smmlar " b ", " b         \
  ", r7, r6\n"               \
  "ldr r6, [sp, #12]\n"      \
  "asr " a ", " a            \
  ", r6\n"                   \
  "asr " b ", " b            \
  ", r6\n"                   \
  "ldrd r6, r7, [sp, #16]\n" \
  "ssat " a ", #8, " a       \
  "\n"                       \
  "ssat " b ", #8, " b "\n"

#define PUDU_LINE_ONE(sum) \
  "add " sum ", r10, " sum \
  ", lsl #8\n"             \
  "smmul " sum ", " sum    \
  ", r11\n"                \
  "ssat " sum ", #8, " sum ", asr #%c[shift]\n"
#define PUDU_ROUND_ONE(sum) \
  "add " sum ", r10, " sum  \
  ", lsl #1\n"              \
  "ldrd r6, r7, [sp, #8]\n" \
  "add r6, r6, " sum        \
  ", asr #31\n"             \
  "smmlar " sum ", " sum    \
  ", r11, r6\n"             \
  "asr " sum ", " sum       \
  ", r7\n"                  \
  "ssat " sum ", #8, " sum "\n"

template <RequantizeForm Form, int Kind>
void slide(const SlideGroup& group) noexcept {
  if constexpr (Kind == one_row && Form == RequantizeForm::Rounded) {
    asm volatile(PUDU_SLIDE_ONE_ROW("strb", "1", PUDU_ROUND_ONE, "ldrd r6, r7, [r12, #-32]\n")
                 :
                 : [group] "r"(&group)
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else if constexpr (Kind == one_row) {
    asm volatile(PUDU_SLIDE_ONE_ROW("strb", "1", PUDU_LINE_ONE, "")
                 :
                 : [group] "r"(&group), [shift] "i"(static_cast<int>(Form))
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else if constexpr (Kind == two_rows && Form == RequantizeForm::Rounded) {
    asm volatile(PUDU_SLIDE_STRIDE1("strb", "1", PUDU_ROUND_TWO("r8", "r9"), PUDU_ROUND_TWO("r10", "r11"))
                 :
                 : [group] "r"(&group)
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else if constexpr (Kind == two_rows) {
    asm volatile(PUDU_SLIDE_STRIDE1("strb", "1", PUDU_LINE_TWO("r8", "r9"), PUDU_LINE_TWO("r10", "r11"))
                 :
                 : [group] "r"(&group), [shift] "i"(static_cast<int>(Form))
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else if constexpr (Form == RequantizeForm::Rounded) {
    asm volatile(PUDU_SLIDE_STRIDE2("1", "ldm sp, {r9-r11}\n",
                                    "add r8, r9, r8, lsl #1\n"
                                    "ldr r9, [sp, #12]\n"
                                    "add r11, r11, r8, asr #31\n"
                                    "smmlar r8, r8, r10, r11\n"
                                    "ldr r11, [sp, #20]\n"
                                    "asr r8, r8, r9\n"
                                    "ssat r8, #8, r8\n"
                                    "strb r8, [lr]\n"
                                    "add lr, lr, r11\n"
                                    "ldr r9, [sp]\n"
                                    "ldr r11, [sp, #8]\n")
                 :
                 : [group] "r"(&group)
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else {
    asm volatile(PUDU_SLIDE_STRIDE2("1",
                                    "ldrd r9, r10, [sp]\n"
                                    "ldr r11, [sp, #20]\n",
                                    "add r8, r9, r8, lsl #8\n"
                                    "smmul r8, r8, r10\n"
                                    "ssat r8, #8, r8, asr #%c[shift]\n"
                                    "strb r8, [lr]\n"
                                    "add lr, lr, r11\n")
                 :
                 : [group] "r"(&group), [shift] "i"(static_cast<int>(Form))
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  }
}

PUDU_DEPTHWISE_CONV2D_DSP_INSTANCES

}  // namespace pudu::kernels::depthwise_conv2d_dsp

#endif
