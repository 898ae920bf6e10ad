// The inner loops of conv2d_dsp_s8 for the DSP extension. A unit makes 16 products of two positions, two channels and
// four values in 10 instructions: two load-multiples of four words and 8 SMLAD. All of 14 registers are taken, so that
// the loop is one piece of assembly (GCC 12 needs 17 instructions, and keeps the counter in memory):
//   r0 x, r1 weights, r2-r5 weights of a unit, r6-r8 and lr values of a unit, r9-r12 sums
// What a block needs besides lies on the stack, at the offsets of Conv2dDspBlock without x.
#include "kernels/conv2d_dsp/instances.hpp"
#include "kernels/conv2d_dsp/loops.hpp"

#if PUDU_CONV2D_DSP_ASSEMBLY

namespace pudu::kernels::conv2d_dsp {

#define PUDU_LOAD_UNIT \
  "ldm r1!, {r2-r5}\n" \
  "ldm r0!, {r6-r8, lr}\n"

#define PUDU_SECOND_HALF     \
  "smlad r9, r7, r3, r9\n"   \
  "smlad r10, r7, r5, r10\n" \
  "smlad r11, lr, r3, r11\n" \
  "smlad r12, lr, r5, r12\n"

#define PUDU_FIRST_UNIT \
  PUDU_LOAD_UNIT        \
  "smuad r9, r6, r2\n"  \
  "smuad r10, r6, r4\n" \
  "smuad r11, r8, r2\n" \
  "smuad r12, r8, r4\n" PUDU_SECOND_HALF

#define PUDU_NEXT_UNIT       \
  PUDU_LOAD_UNIT             \
  "smlad r9, r6, r2, r9\n"   \
  "smlad r10, r6, r4, r10\n" \
  "smlad r11, r8, r2, r11\n" \
  "smlad r12, r8, r4, r12\n" PUDU_SECOND_HALF

// Registers that a compiler may keep for itself (r7, r11) are saved here, not named as changed.
#define PUDU_ENTER      \
  "push {r4-r11, lr}\n" \
  "mov r0, %[block]\n"  \
  "ldm r0, {r0-r12, lr}\n"

#define PUDU_SUMS                                              \
  "push {r1-r12, lr}\n"                                        \
  "1:\n" PUDU_FIRST_UNIT ".rept %c[straight]\n" PUDU_NEXT_UNIT \
  ".endr\n"                                                    \
  ".if %c[loops]\n"                                            \
  "2:\n"                                                       \
  ".rept %c[loops]\n" PUDU_NEXT_UNIT                           \
  ".endr\n"                                                    \
  "ldr r2, [sp, #48]\n"                                        \
  "cmp r1, r2\n"                                               \
  "bne 2b\n"                                                   \
  ".endif\n"

#define PUDU_LEAVE    \
  "cmp r0, r8\n"      \
  "bne 1b\n"          \
  "add sp, sp, #52\n" \
  "pop {r4-r11, lr}\n"

// Constants b, m, c, e of one channel in r2-r5.
#define PUDU_ROUNDED(sum) \
  "add " sum ", r2, " sum \
  ", lsl #1\n"            \
  "add lr, r4, " sum      \
  ", asr #31\n"           \
  "smmlar " sum ", " sum  \
  ", r3, lr\n"            \
  "asr " sum ", " sum     \
  ", r5\n"                \
  "ssat " sum ", #8, " sum "\n"

#define PUDU_LINE(sum, b, m)   \
  "add " sum ", " b ", " sum   \
  ", lsl #8\n"                 \
  "smmul " sum ", " sum ", " m \
  "\n"                         \
  "ssat " sum ", #8, " sum ", asr #%c[shift]\n"

template <RequantizeForm Form, int Units>
void gemm(const Conv2dDspBlock& block) noexcept {
  constexpr int straight = Units <= unrolled_units ? Units - 1 : Units - unrolled_units - 1;
  constexpr int loops = Units <= unrolled_units ? 0 : loop_units;
  if constexpr (Form == RequantizeForm::General) {
    asm volatile(PUDU_ENTER PUDU_SUMS
                 "ldr r1, [sp]\n"
                 "ldr r6, [sp, #20]\n"
                 "ldr r8, [sp, #28]\n"
                 "stm r6!, {r9-r12}\n"
                 "str r6, [sp, #20]\n" PUDU_LEAVE
                 :
                 : [block] "r"(&block), [straight] "i"(straight), [loops] "i"(loops)
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else if constexpr (Form == RequantizeForm::Rounded) {
    asm volatile(PUDU_ENTER PUDU_SUMS
                 "ldm sp, {r1-r8}\n" PUDU_ROUNDED("r9") PUDU_ROUNDED("r11")
                 "strb r9, [r6]\n"
                 "strb r11, [r6, r7]\n"
                 "ldrd r2, r3, [sp, #32]\n"
                 "ldrd r4, r5, [sp, #40]\n" PUDU_ROUNDED("r10") PUDU_ROUNDED("r12")
                 "strb r10, [r6, #1]\n"
                 "add r6, r6, r7\n"
                 "strb r12, [r6, #1]\n"
                 "add r6, r6, r7\n"
                 "str r6, [sp, #20]\n" PUDU_LEAVE
                 :
                 : [block] "r"(&block), [straight] "i"(straight), [loops] "i"(loops)
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else {
    // The second channel's b and m take the places of the first one's c and e, which a line does not have.
    asm volatile(PUDU_ENTER
                 "mov r4, r9\n"
                 "mov r5, r10\n" PUDU_SUMS
                 "ldm sp, {r1-r8}\n" PUDU_LINE("r9", "r2", "r3") PUDU_LINE("r10", "r4", "r5")
                     PUDU_LINE("r11", "r2", "r3") PUDU_LINE("r12", "r4", "r5")
                 "strb r9, [r6]\n"
                 "strb r10, [r6, #1]\n"
                 "add r6, r6, r7\n"
                 "strb r11, [r6]\n"
                 "strb r12, [r6, #1]\n"
                 "add r6, r6, r7\n"
                 "str r6, [sp, #20]\n" PUDU_LEAVE
                 :
                 : [block] "r"(&block), [straight] "i"(straight), [loops] "i"(loops),
                   [shift] "i"(static_cast<int>(Form))
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  }
}

PUDU_CONV2D_DSP_INSTANCES

}  // namespace pudu::kernels::conv2d_dsp

#endif
