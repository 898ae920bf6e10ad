// The inner loops of conv2d_winograd_dsp_s8 for the DSP extension. A chain is the products of one position, two tiles
// and two channels: 16 products a unit in 10 instructions. The four chains of a row of positions are
//   m1, m1 + m2 = s, 2 m1 - s = m1 - m2, s + m0 (a row's first sum), m1 - m2 + m3 (its second)
// so that the transform along rows is one instruction for each tile and channel; sums go to the stack, and the four
// rows are transformed from there. Registers of a chain:
//   r0 x, r1 weights, r6-r8 and lr values, r2-r5 weights and r9-r12 sums; the last chain has r2-r5 and r9-r12 swapped
// The stack below a border of 128 bytes tells how many rows are done. Above the border: blocks, the stack before.
#include "kernels/conv2d_winograd_dsp/instances.hpp"
#include "kernels/conv2d_winograd_dsp/transforms.hpp"

#if PUDU_WINOGRAD_ASSEMBLY

namespace pudu::kernels::conv2d_winograd_dsp {

#define PUDU_FIRST_UNIT      \
  "ldm r1!, {r2-r5}\n"       \
  "ldm r0!, {r6-r8, lr}\n"   \
  "smuad r9, r6, r2\n"       \
  "smuad r10, r6, r4\n"      \
  "smuad r11, r8, r2\n"      \
  "smuad r12, r8, r4\n"      \
  "smlad r9, r7, r3, r9\n"   \
  "smlad r10, r7, r5, r10\n" \
  "smlad r11, lr, r3, r11\n" \
  "smlad r12, lr, r5, r12\n"

#define PUDU_UNIT            \
  "ldm r1!, {r2-r5}\n"       \
  "ldm r0!, {r6-r8, lr}\n"   \
  "smlad r9, r6, r2, r9\n"   \
  "smlad r10, r6, r4, r10\n" \
  "smlad r11, r8, r2, r11\n" \
  "smlad r12, r8, r4, r12\n" \
  "smlad r9, r7, r3, r9\n"   \
  "smlad r10, r7, r5, r10\n" \
  "smlad r11, lr, r3, r11\n" \
  "smlad r12, lr, r5, r12\n"

#define PUDU_SWAPPED_UNIT   \
  "ldm r1!, {r9-r12}\n"     \
  "ldm r0!, {r6-r8, lr}\n"  \
  "smlad r2, r6, r9, r2\n"  \
  "smlad r3, r6, r11, r3\n" \
  "smlad r4, r8, r9, r4\n"  \
  "smlad r5, r8, r11, r5\n" \
  "smlad r2, r7, r10, r2\n" \
  "smlad r3, r7, r12, r3\n" \
  "smlad r4, lr, r10, r4\n" \
  "smlad r5, lr, r12, r5\n"

#define PUDU_BEGIN                                         \
  "push {r4-r11, lr}\n"                                    \
  "mov r5, %[blocks]\n"                                    \
  "mov r4, sp\n"                                           \
  "sub r6, r4, #8\n"                                       \
  "bic r6, r6, #127\n"                                     \
  "mov sp, r6\n"                                           \
  "strd r4, r5, [sp]\n"                                    \
  "1:\n"                                                   \
  "ldrd r0, r1, [r5]\n"                                    \
  "2:\n" PUDU_FIRST_UNIT ".rept %c[units] - 1\n" PUDU_UNIT \
  ".endr\n"                                                \
  "push {r9-r12}\n"                                        \
  ".rept %c[units]\n" PUDU_UNIT                            \
  ".endr\n"                                                \
  "pop {r2-r5}\n"                                          \
  "rsb r2, r9, r2, lsl #1\n"                               \
  "rsb r3, r10, r3, lsl #1\n"                              \
  "rsb r4, r11, r4, lsl #1\n"                              \
  "rsb r5, r12, r5, lsl #1\n"                              \
  "push {r2-r5}\n"                                         \
  ".rept %c[units]\n" PUDU_UNIT                            \
  ".endr\n"                                                \
  "pop {r2-r5}\n"                                          \
  "push {r9-r12}\n"                                        \
  ".rept %c[units]\n" PUDU_SWAPPED_UNIT                    \
  ".endr\n"                                                \
  "push {r2-r5}\n"                                         \
  "mov r6, sp\n"                                           \
  "tst r6, #127\n"                                         \
  "bne 2b\n"

// The outputs of a column (0 or 1) before requantization: first row in r2-r5, second in r6-r9, each of two tiles and
// two channels. Rows 0 to 3 lie 96, 64, 32 and 0 bytes up the stack; column 0 lies 16 further.
#define PUDU_TRANSFORM_ROWS(at_row0, at_row1, at_row2, at_row3) \
  "add r0, sp, #" at_row1                                       \
  "\n"                                                          \
  "ldm r0, {r2-r5}\n"                                           \
  "add r0, sp, #" at_row2                                       \
  "\n"                                                          \
  "ldm r0, {r6-r9}\n"                                           \
  "sub r6, r2, r6\n"                                            \
  "sub r7, r3, r7\n"                                            \
  "sub r8, r4, r8\n"                                            \
  "sub r9, r5, r9\n"                                            \
  "rsb r2, r6, r2, lsl #1\n"                                    \
  "rsb r3, r7, r3, lsl #1\n"                                    \
  "rsb r4, r8, r4, lsl #1\n"                                    \
  "rsb r5, r9, r5, lsl #1\n"                                    \
  "add r0, sp, #" at_row0                                       \
  "\n"                                                          \
  "ldm r0, {r0, r10-r12}\n"                                     \
  "add r2, r2, r0\n"                                            \
  "add r3, r3, r10\n"                                           \
  "add r4, r4, r11\n"                                           \
  "add r5, r5, r12\n"                                           \
  "add r0, sp, #" at_row3                                       \
  "\n"                                                          \
  "ldm r0, {r0, r10-r12}\n"                                     \
  "add r6, r6, r0\n"                                            \
  "add r7, r7, r10\n"                                           \
  "add r8, r8, r11\n"                                           \
  "add r9, r9, r12\n"

#define PUDU_COLUMN0 PUDU_TRANSFORM_ROWS("112", "80", "48", "16")
#define PUDU_COLUMN1 PUDU_TRANSFORM_ROWS("96", "64", "32", "0")

// Loads r0 and the distance to the other tile and row; then r2-r9 to where they belong, the second row first.
#define PUDU_LOAD_OUTPUT \
  "ldr lr, [sp, #132]\n" \
  "ldr r0, [lr, #12]\n"  \
  "ldrd r10, r11, [lr, #40]\n"
#define PUDU_STORE_OUTPUTS \
  "strb r8, [r0, r10]\n"   \
  "strb r6, [r0], #1\n"    \
  "strb r9, [r0, r10]\n"   \
  "strb r7, [r0]\n"        \
  "add r0, r0, r11\n"      \
  "strb r5, [r0, r10]\n"   \
  "strb r3, [r0], #-1\n"   \
  "strb r4, [r0, r10]\n"   \
  "strb r2, [r0]\n"

#define PUDU_STORE_COLUMN0 PUDU_LOAD_OUTPUT PUDU_STORE_OUTPUTS
#define PUDU_STORE_COLUMN1 \
  PUDU_LOAD_OUTPUT         \
  "ldr r12, [lr, #36]\n"   \
  "add r0, r0, r12\n" PUDU_STORE_OUTPUTS

#define PUDU_NEXT_BLOCK       \
  "add sp, sp, #128\n"        \
  "ldr r5, [sp, #4]\n"        \
  "ldm r5, {r0-r3, r6-r10}\n" \
  "add r0, r0, r6\n"          \
  "add r1, r1, r7\n"          \
  "add r2, r2, r8\n"          \
  "add r3, r3, r9\n"          \
  "stm r5, {r0-r3}\n"         \
  "subs r10, r10, #1\n"       \
  "str r10, [r5, #32]\n"      \
  "bne 1b\n"                  \
  "ldr r4, [sp]\n"            \
  "mov sp, r4\n"              \
  "pop {r4-r11, lr}\n"

// Constants b, m of the first channel in r10, r11, of the second in r12, lr. Sums are four times the convolution's.
#define PUDU_LOAD_LINES   \
  "ldr lr, [sp, #132]\n"  \
  "ldr lr, [lr, #8]\n"    \
  "ldrd r10, r11, [lr]\n" \
  "ldrd r12, lr, [lr, #16]\n"
#define PUDU_LINE(sum, b, m)   \
  "add " sum ", " b ", " sum   \
  ", lsl #6\n"                 \
  "smmul " sum ", " sum ", " m \
  "\n"                         \
  "ssat " sum ", #8, " sum ", asr #%c[shift]\n"
#define PUDU_LINES                                                                                         \
  PUDU_LOAD_LINES PUDU_LINE("r2", "r10", "r11") PUDU_LINE("r3", "r12", "lr") PUDU_LINE("r4", "r10", "r11") \
      PUDU_LINE("r5", "r12", "lr") PUDU_LINE("r6", "r10", "r11") PUDU_LINE("r7", "r12", "lr")              \
          PUDU_LINE("r8", "r10", "r11") PUDU_LINE("r9", "r12", "lr")

// Constants b, m, c, e of one channel in r10-r12 and lr; r0 is free.
#define PUDU_LOAD_ROUNDED(offset) \
  "ldr lr, [sp, #132]\n"          \
  "ldr lr, [lr, #8]\n"            \
  "ldrd r10, r11, [lr, #" offset  \
  "]\n"                           \
  "ldrd r12, lr, [lr, #" offset "+8]\n"
#define PUDU_ROUNDED(sum)  \
  "add " sum ", r10, " sum \
  ", asr #1\n"             \
  "add r0, r12, " sum      \
  ", asr #31\n"            \
  "smmlar " sum ", " sum   \
  ", r11, r0\n"            \
  "asr " sum ", " sum      \
  ", lr\n"                 \
  "ssat " sum ", #8, " sum "\n"
#define PUDU_ROUND_EVEN PUDU_ROUNDED("r2") PUDU_ROUNDED("r4") PUDU_ROUNDED("r6") PUDU_ROUNDED("r8")
#define PUDU_ROUND_ODD PUDU_ROUNDED("r3") PUDU_ROUNDED("r5") PUDU_ROUNDED("r7") PUDU_ROUNDED("r9")
#define PUDU_ROUND PUDU_LOAD_ROUNDED("0") PUDU_ROUND_EVEN PUDU_LOAD_ROUNDED("16") PUDU_ROUND_ODD

template <RequantizeForm Form, int Units>
void multiply(Blocks& blocks) noexcept {
  if constexpr (Form == RequantizeForm::General) {
    asm volatile(PUDU_BEGIN PUDU_COLUMN0
                 "ldr lr, [sp, #132]\n"
                 "ldr r0, [lr, #12]\n"
                 "stm r0, {r2-r9}\n" PUDU_COLUMN1
                 "ldr lr, [sp, #132]\n"
                 "ldr r0, [lr, #12]\n"
                 "add r0, r0, #32\n"
                 "stm r0, {r2-r9}\n" PUDU_NEXT_BLOCK
                 :
                 : [blocks] "r"(&blocks), [units] "i"(Units)
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else if constexpr (Form == RequantizeForm::Rounded) {
    asm volatile(
        PUDU_BEGIN PUDU_COLUMN0 PUDU_ROUND PUDU_STORE_COLUMN0 PUDU_COLUMN1 PUDU_ROUND PUDU_STORE_COLUMN1 PUDU_NEXT_BLOCK
        :
        : [blocks] "r"(&blocks), [units] "i"(Units)
        : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else {
    asm volatile(
        PUDU_BEGIN PUDU_COLUMN0 PUDU_LINES PUDU_STORE_COLUMN0 PUDU_COLUMN1 PUDU_LINES PUDU_STORE_COLUMN1 PUDU_NEXT_BLOCK
        :
        : [blocks] "r"(&blocks), [units] "i"(Units), [shift] "i"(static_cast<int>(Form))
        : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  }
}

PUDU_WINOGRAD_INSTANCES

}  // namespace pudu::kernels::conv2d_winograd_dsp

#endif
