// The slides of depthwise_conv2d_dsp_s8 for the DSP extension, as text of the assembler, because all of 14 registers
// are taken: `store` is the instruction that stores an output, `bytes` its size. What a slide needs besides lies on the
// stack:
//   0 constants b, m, c, e   16 row_step   20 position_step   24 end of the columns   28 next channel's weights
//   32 its columns   36 its output   40 channels left   44 odd number of positions
//   48 its constants
//
// Stride 1: a column is finished for one pair of outputs, goes on with the second, and begins the third, in the
// registers of the first. So the roles change with every column, and the loop has two:
//   r0-r5 weights (0, 1), (1, 2) of three steps, r6 and r7 values, r8-r11 sums of two positions, r12 columns, lr output
// Stride 2: r0-r4 weights, r5-r7 values of a pair of columns, r8 sum, r12 columns, lr output, r9-r11 constants.
#pragma once

// Registers that a compiler may keep for itself (r7, r11) are saved here, not named as changed.

#define PUDU_SLIDE_ENTER     \
  "push {r4-r11, lr}\n"      \
  "mov r0, %[group]\n"       \
  "sub sp, sp, #56\n"        \
  "ldm r0, {r1-r6}\n"        \
  "strd r3, r4, [sp, #16]\n" \
  "strd r5, r1, [sp, #28]\n" \
  "str r2, [sp, #36]\n"      \
  "ldr r7, [r0, #24]\n"      \
  "str r7, [sp, #48]\n"      \
  "mov r7, #4\n"             \
  "and r8, r6, #1\n"         \
  "strd r7, r8, [sp, #40]\n"

// A channel: its weights go to r0-r5, its constants to r6-r9 and to the stack.
#define PUDU_SLIDE_CHANNEL \
  "1:\n"                   \
  "ldr r12, [sp, #28]\n"   \
  "ldm r12!, {r0-r5}\n"    \
  "str r12, [sp, #28]\n"   \
  "ldr r12, [sp, #48]\n"   \
  "ldm r12!, {r6-r9}\n"    \
  "str r12, [sp, #48]\n"   \
  "stm sp, {r6-r9}\n"

#define PUDU_SLIDE_LEAVE \
  "ldr r7, [sp, #40]\n"  \
  "subs r7, r7, #1\n"    \
  "str r7, [sp, #40]\n"  \
  "bne 1b\n"             \
  "add sp, sp, #56\n"    \
  "pop {r4-r11, lr}\n"

// Stride 1: where the first channel's columns end, of which there are two more than positions.
#define PUDU_SLIDE_END       \
  "add r6, r6, #2\n"         \
  "add r1, r1, r6, lsl #5\n" \
  "str r1, [sp, #24]\n"
// Stride 1: the next columns, or the end of the next channel's.
#define PUDU_SLIDE_BACK \
  "ldr r6, [sp, #24]\n" \
  "cmp r12, r6\n"       \
  "bne 2b\n"            \
  "add r6, r6, #8\n"    \
  "str r6, [sp, #24]\n" \
  "b 5f\n"

// The two rows of sums a, b take part `i` of the weights p, q.
#define PUDU_SLIDE_START(a, b, p, q) \
  "smuad " a ", " p                  \
  ", r6\n"                           \
  "smulbt " b ", " p                 \
  ", r6\n"                           \
  "smlatb " a ", " q ", r7, " a      \
  "\n"                               \
  "smlad " b ", " q ", r7, " b "\n"
#define PUDU_SLIDE_ADD(a, b, p, q) \
  "smlad " a ", " p ", r6, " a     \
  "\n"                             \
  "smlabt " b ", " p ", r6, " b    \
  "\n"                             \
  "smlatb " a ", " q ", r7, " a    \
  "\n"                             \
  "smlad " b ", " q ", r7, " b "\n"

#define PUDU_SLIDE_COLUMN(store, a, b, next_a, next_b, requantize)                                                    \
  "ldrd r6, r7, [r12]\n" PUDU_SLIDE_ADD(a, b, "r4", "r5") PUDU_SLIDE_ADD(next_a, next_b, "r2", "r3") requantize store \
      " " b ", [lr, r6]\n" store " " a                                                                                \
      ", [lr]\n"                                                                                                      \
      "add lr, lr, r7\n"                                                                                              \
      "ldrd r6, r7, [r12], #32\n" PUDU_SLIDE_START(a, b, "r0", "r1")

#define PUDU_SLIDE_STRIDE1(store, bytes, requantize_even, requantize_odd) \
  PUDU_SLIDE_ENTER                                                        \
  PUDU_SLIDE_END                                                          \
  PUDU_SLIDE_CHANNEL                                                      \
  "ldrd r12, lr, [sp, #32]\n"                                                                \
  "add r6, r12, #8\n"                                                                        \
  "add r7, lr, #" bytes "\n"                                                                         \
  "strd r6, r7, [sp, #32]\n"                                                                 \
  "ldr r7, [sp, #44]\n"                                                                      \
  "cmp r7, #0\n"                                                                             \
  "bne 4f\n"                                                                                 \
  "ldrd r6, r7, [r12], #32\n" PUDU_SLIDE_START("r8", "r9", "r0", "r1")                             \
  "ldrd r6, r7, [r12], #32\n" PUDU_SLIDE_ADD("r8", "r9", "r2", "r3") PUDU_SLIDE_START("r10", "r11", "r0", "r1") \
  "2:\n" PUDU_SLIDE_COLUMN(store, "r8", "r9", "r10", "r11", requantize_even)                              \
  "3:\n" PUDU_SLIDE_COLUMN(store, "r10", "r11", "r8", "r9", requantize_odd)                               \
  PUDU_SLIDE_BACK                                                                                   \
  "4:\n"                                                                                     \
  "ldrd r6, r7, [r12], #32\n" PUDU_SLIDE_START("r10", "r11", "r0", "r1")                           \
  "ldrd r6, r7, [r12], #32\n" PUDU_SLIDE_ADD("r10", "r11", "r2", "r3") PUDU_SLIDE_START("r8", "r9", "r0", "r1") \
  "b 3b\n"                                                                                   \
  "5:\n" PUDU_SLIDE_LEAVE

// One row. Weights of rows (0, 1) in r0-r2, of row 2 in r3 (first two steps) and r4; r5 position_step; r8, r9 sums;
// r10, r11 the constants b and m. `values_again` is for what requantization does to r6 and r7.
#define PUDU_SLIDE_START_ONE(sum) \
  "smuad " sum                    \
  ", r0, r6\n"                    \
  "smlabb " sum ", r3, r7, " sum "\n"
#define PUDU_SLIDE_ADD_ONE(sum) \
  "smlad " sum ", r1, r6, " sum \
  "\n"                          \
  "smlatb " sum ", r3, r7, " sum "\n"
#define PUDU_SLIDE_LOAD_ONE "ldrd r6, r7, [r12], #32\n"
#define PUDU_SLIDE_COLUMN_ONE(store, sum, next, requantize, values_again)                                            \
  PUDU_SLIDE_LOAD_ONE                                                                                                \
  "smlad " sum ", r2, r6, " sum                                                                                      \
  "\n"                                                                                                               \
  "smlabb " sum ", r4, r7, " sum "\n" PUDU_SLIDE_ADD_ONE(next) requantize(sum) store " " sum                         \
                                                                                     ", [lr]\n"                      \
                                                                                     "add lr, lr, r5\n" values_again \
                                                                                     PUDU_SLIDE_START_ONE(sum)

#define PUDU_SLIDE_ONE_ROW(store, bytes, requantize, values_again) \
  PUDU_SLIDE_ENTER                                                 \
  PUDU_SLIDE_END                                                   \
  PUDU_SLIDE_CHANNEL                                               \
  "mov r10, r6\n"                                                                              \
  "mov r11, r7\n"                                                                              \
  "ldrd r12, lr, [sp, #32]\n"                                                                  \
  "add r6, r12, #8\n"                                                                          \
  "add r7, lr, #" bytes "\n"                                                                           \
  "strd r6, r7, [sp, #32]\n"                                                                   \
  "ldr r5, [sp, #20]\n"                                                                        \
  "ldr r7, [sp, #44]\n"                                                                        \
  "cmp r7, #0\n"                                                                               \
  "bne 4f\n" PUDU_SLIDE_LOAD_ONE PUDU_SLIDE_START_ONE("r8") PUDU_SLIDE_LOAD_ONE PUDU_SLIDE_ADD_ONE("r8") PUDU_SLIDE_START_ONE("r9") \
  "2:\n" PUDU_SLIDE_COLUMN_ONE(store, "r8", "r9", requantize, values_again)                                 \
  "3:\n" PUDU_SLIDE_COLUMN_ONE(store, "r9", "r8", requantize, values_again)                                 \
  PUDU_SLIDE_BACK                                                                                     \
  "4:\n" PUDU_SLIDE_LOAD_ONE PUDU_SLIDE_START_ONE("r9") PUDU_SLIDE_LOAD_ONE PUDU_SLIDE_ADD_ONE("r9") PUDU_SLIDE_START_ONE("r8") \
  "b 3b\n"                                                                                     \
  "5:\n" PUDU_SLIDE_LEAVE

// The sum of a position, with the values of the pair behind it in r5-r7.
#define PUDU_SLIDE_POSITION \
  "smuad r8, r0, r5\n"      \
  "smlad r8, r1, r6, r8\n"  \
  "smlad r8, r3, r7, r8\n"  \
  "ldr r6, [r12, #16]\n"    \
  "ldr r7, [r12, #32]\n"    \
  "ldr r5, [r12], #48\n"    \
  "smlad r8, r2, r5, r8\n"  \
  "smlabb r8, r4, r7, r8\n"

#define PUDU_SLIDE_STRIDE2(bytes, load_constants, requantize)                 \
  PUDU_SLIDE_ENTER                                                            \
  "add r6, r6, #1\n"                                                          \
  "add r6, r6, r6, lsl #1\n"                                                  \
  "add r1, r1, r6, lsl #4\n"                                                  \
  "str r1, [sp, #24]\n" PUDU_SLIDE_CHANNEL                                    \
  "ldrd r12, lr, [sp, #32]\n"                                                 \
  "add r6, r12, #4\n"                                                         \
  "add r7, lr, #" bytes                                                       \
  "\n"                                                                        \
  "strd r6, r7, [sp, #32]\n" load_constants                                   \
  "ldr r8, [sp, #44]\n"                                                       \
  "cmp r8, #0\n"                                                              \
  "ldr r6, [r12, #16]\n"                                                      \
  "ldr r7, [r12, #32]\n"                                                      \
  "ldr r5, [r12], #48\n"                                                      \
  "bne 3f\n"                                                                  \
  "2:\n" PUDU_SLIDE_POSITION requantize "3:\n" PUDU_SLIDE_POSITION requantize \
  "ldr r8, [sp, #24]\n"                                                       \
  "cmp r12, r8\n"                                                             \
  "bne 2b\n"                                                                  \
  "add r8, r8, #4\n"                                                          \
  "str r8, [sp, #24]\n" PUDU_SLIDE_LEAVE
