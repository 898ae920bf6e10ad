// The inner loops of conv2d_winograd_rows_dsp_s8 for the DSP extension. A position's products of four channels: 16 a
// quad in 11 instructions. Registers: r0 values, r1 weights, r2-r5 weights, r6 and r7 values, r8-r11 sums, r12 where
// these go, lr what is left. Then channel by channel: r0 output, r1 constants, r2, r3, r4, r6 the outputs of the
// four positions, r5 and r7 what they are made of, r9 and r10 distances of output, r11 and r12 constants, lr sums.
// The stack: 0 sums [6 positions, 4 channels], 96 blocks, 100 weights, 104 six_quads, 108 back_bytes.
#include "kernels/conv2d_winograd_rows_dsp/instances.hpp"
#include "kernels/conv2d_winograd_rows_dsp/transforms.hpp"

#if PUDU_WINOGRAD_ROWS_ASSEMBLY

namespace pudu::kernels::conv2d_winograd_rows_dsp {

#define PUDU_BEGIN            \
  "push {r4-r11, lr}\n"       \
  "mov r12, %[blocks]\n"      \
  "sub sp, sp, #116\n"        \
  "str r12, [sp, #96]\n"      \
  "ldm r12, {r0-r5}\n"        \
  "strd r4, r5, [sp, #104]\n" \
  "1:\n"                      \
  "mov r12, sp\n"             \
  "2:\n"                      \
  "ldr lr, [sp, #104]\n"      \
  "mov r8, #0\n"              \
  "mov r9, #0\n"              \
  "mov r10, #0\n"             \
  "mov r11, #0\n"             \
  "3:\n"                      \
  ".rept 6\n"                 \
  "ldm r1!, {r2-r5}\n"        \
  "ldrd r6, r7, [r0], #48\n"  \
  "smlad r8, r6, r2, r8\n"    \
  "smlad r9, r6, r4, r9\n"    \
  "smlad r8, r7, r3, r8\n"    \
  "smlad r9, r7, r5, r9\n"    \
  "ldm r1!, {r2-r5}\n"        \
  "smlad r10, r6, r2, r10\n"  \
  "smlad r11, r6, r4, r11\n"  \
  "smlad r10, r7, r3, r10\n"  \
  "smlad r11, r7, r5, r11\n"  \
  ".endr\n"                   \
  "subs lr, lr, #1\n"         \
  "bne 3b\n"                  \
  "stm r12!, {r8-r11}\n"      \
  "ldr r2, [sp, #108]\n"      \
  "sub r0, r0, r2\n"          \
  "add r2, sp, #96\n"         \
  "cmp r12, r2\n"             \
  "bne 2b\n"                  \
  "str r1, [sp, #100]\n"      \
  "ldr lr, [sp, #96]\n"       \
  "ldrd r1, r0, [lr, #8]\n"   \
  "ldrd r9, r10, [lr, #24]\n" \
  "mov lr, sp\n"

// The outputs of a channel, times 24.
#define PUDU_OUTPUTS         \
  "ldr r3, [lr, #16]\n"      \
  "ldr r4, [lr, #32]\n"      \
  "ldr r5, [lr, #48]\n"      \
  "ldr r6, [lr, #64]\n"      \
  "add r7, r3, r4\n"         \
  "sub r3, r3, r4\n"         \
  "add r4, r5, r6\n"         \
  "sub r5, r5, r6\n"         \
  "ldr r6, [lr, #80]\n"      \
  "ldr r2, [lr], #4\n"       \
  "add r6, r6, r3\n"         \
  "add r6, r6, r5, lsl #3\n" \
  "add r3, r3, r5, lsl #1\n" \
  "add r2, r2, r7\n"         \
  "add r2, r2, r4\n"         \
  "add r4, r7, r4, lsl #2\n"

#define PUDU_STORE              \
  "strb r3, [r0, r9]\n"         \
  "strb r4, [r0, r9, lsl #1]\n" \
  "strb r6, [r0, r10]\n"        \
  "strb r2, [r0], #1\n"

#define PUDU_END            \
  "ldr lr, [sp, #96]\n"     \
  "strd r1, r0, [lr, #8]\n" \
  "ldr r0, [lr]\n"          \
  "ldr r1, [sp, #100]\n"    \
  "ldr r2, [lr, #32]\n"     \
  "subs r2, r2, #1\n"       \
  "str r2, [lr, #32]\n"     \
  "bne 1b\n"                \
  "add sp, sp, #116\n"      \
  "pop {r4-r11, lr}\n"

// 8 times the sum: times 1/3 modulo 2^32.
#define PUDU_THIRD     \
  "movw r8, #0xAAAB\n" \
  "movt r8, #0xAAAA\n" \
  "mul r2, r2, r8\n"   \
  "mul r3, r3, r8\n"   \
  "mul r4, r4, r8\n"   \
  "mul r6, r6, r8\n"

// 256 times the sum: times 32/3.
#define PUDU_LOAD_LINE \
  "movw r8, #0x5560\n" \
  "movt r8, #0x5555\n"
#define PUDU_LINE(sum)  \
  "mla " sum ", " sum   \
  ", r8, r11\n"         \
  "smmul " sum ", " sum \
  ", r12\n"             \
  "ssat " sum ", #8, " sum ", asr #%c[shift]\n"

#define PUDU_ROUNDED(sum)  \
  "add " sum ", r11, " sum \
  ", asr #2\n"             \
  "add r8, r5, " sum       \
  ", asr #31\n"            \
  "smmlar " sum ", " sum   \
  ", r12, r8\n"            \
  "asr " sum ", " sum      \
  ", r7\n"                 \
  "ssat " sum ", #8, " sum "\n"

template <RequantizeForm Form>
void multiply(Blocks& blocks) noexcept {
  if constexpr (Form == RequantizeForm::General) {
    asm volatile(PUDU_BEGIN ".rept 4\n" PUDU_OUTPUTS PUDU_THIRD
                            "asr r2, r2, #3\n"
                            "asr r3, r3, #3\n"
                            "asr r4, r4, #3\n"
                            "asr r6, r6, #3\n"
                            "stm r0!, {r2-r4, r6}\n"
                            ".endr\n" PUDU_END
                 :
                 : [blocks] "r"(&blocks)
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else if constexpr (Form == RequantizeForm::Rounded) {
    asm volatile(PUDU_BEGIN ".rept 4\n" PUDU_OUTPUTS PUDU_THIRD
                            "ldrd r5, r7, [r1, #8]\n"
                            "ldrd r11, r12, [r1], #16\n" PUDU_ROUNDED("r2") PUDU_ROUNDED("r3") PUDU_ROUNDED("r4")
                                PUDU_ROUNDED("r6") PUDU_STORE ".endr\n" PUDU_END
                 :
                 : [blocks] "r"(&blocks)
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else {
    asm volatile(PUDU_BEGIN PUDU_LOAD_LINE ".rept 4\n" PUDU_OUTPUTS "ldrd r11, r12, [r1], #16\n" PUDU_LINE("r2")
                     PUDU_LINE("r3") PUDU_LINE("r4") PUDU_LINE("r6") PUDU_STORE ".endr\n" PUDU_END
                 :
                 : [blocks] "r"(&blocks), [shift] "i"(static_cast<int>(Form))
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  }
}

PUDU_WINOGRAD_ROWS_INSTANCES

}  // namespace pudu::kernels::conv2d_winograd_rows_dsp

#endif
