// The inner loops of depthwise_conv2d_5x5_dsp_s8 for the DSP extension: four outputs of a row at a time. Three pairs of
// rows, each of 5 columns: 20 SMLAD, 8 loads of values (stride 2: 11), which move through four registers, and 2 of
// weights.
//   r0 columns, r1 weights, r2-r5 values, r6, r7, r12 and lr weights, r8-r11 sums
// The stack holds: 0 constants b, m, c, e   16 output   20 position_step   24 positions left
#include "kernels/depthwise_conv2d_5x5_dsp/columns.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/instances.hpp"

#if PUDU_DEPTHWISE_5X5_ASSEMBLY

namespace pudu::kernels::depthwise_conv2d_5x5_dsp {

#define PUDU_ENTER_ROW  \
  "push {r4-r11, lr}\n" \
  "mov r12, %[row]\n"   \
  "sub sp, sp, #28\n"   \
  "ldm r12, {r0-r8}\n"  \
  "mov lr, sp\n"        \
  "stm lr, {r2-r8}\n"   \
  "1:\n"

#define PUDU_BEGIN_COLUMN(a, b, c, d, w) \
  "smuad r8, " a ", " w                  \
  "\n"                                   \
  "smuad r9, " b ", " w                  \
  "\n"                                   \
  "smuad r10, " c ", " w                 \
  "\n"                                   \
  "smuad r11, " d ", " w "\n"
#define PUDU_COLUMN(a, b, c, d, w) \
  "smlad r8, " a ", " w            \
  ", r8\n"                         \
  "smlad r9, " b ", " w            \
  ", r9\n"                         \
  "smlad r10, " c ", " w           \
  ", r10\n"                        \
  "smlad r11, " d ", " w ", r11\n"

// Values of the column `number`, which is `bytes` long, at a pair of rows.
#define PUDU_VALUE(to, number, bytes, pair) "ldr " to ", [r0, #" number "*" bytes "+16*" pair "]\n"

#define PUDU_PAIR_STRIDE1(pair, first)                                                                         \
  PUDU_VALUE("r2", "0", "48", pair)                                                                            \
  PUDU_VALUE("r3", "1", "48", pair)                                                                            \
  PUDU_VALUE("r4", "2", "48", pair)                                                                            \
  PUDU_VALUE("r5", "3", "48", pair)                                                                            \
  "ldm r1!, {r6, r7, r12, lr}\n" first("r2", "r3", "r4", "r5", "r6") PUDU_VALUE("r2", "4", "48", pair)         \
      PUDU_COLUMN("r3", "r4", "r5", "r2", "r7") PUDU_VALUE("r3", "5", "48", pair)                              \
          PUDU_COLUMN("r4", "r5", "r2", "r3", "r12")                                                           \
              PUDU_VALUE("r4", "6", "48", pair) "ldr r6, [r1], #4\n" PUDU_COLUMN("r5", "r2", "r3", "r4", "lr") \
                  PUDU_VALUE("r5", "7", "48", pair) PUDU_COLUMN("r2", "r3", "r4", "r5", "r6")

#define PUDU_PAIR_STRIDE2(pair, first)                                                                             \
  PUDU_VALUE("r2", "0", "64", pair)                                                                                \
  PUDU_VALUE("r3", "2", "64", pair)                                                                                \
  PUDU_VALUE("r4", "4", "64", pair)                                                                                \
  PUDU_VALUE("r5", "6", "64", pair)                                                                                \
  "ldm r1!, {r6, r7, r12, lr}\n" first("r2", "r3", "r4", "r5", "r6") PUDU_VALUE("r2", "8", "64", pair)             \
      PUDU_COLUMN("r3", "r4", "r5", "r2", "r7") PUDU_VALUE("r3", "10", "64", pair)                                 \
          PUDU_COLUMN("r4", "r5", "r2", "r3", "r12") PUDU_VALUE("r2", "1", "64", pair)                             \
              PUDU_VALUE("r3", "3", "64", pair) PUDU_VALUE("r4", "5", "64", pair)                                  \
                  PUDU_VALUE("r5", "7", "64", pair) "ldr r6, [r1], #4\n" PUDU_COLUMN("r2", "r3", "r4", "r5", "lr") \
                      PUDU_VALUE("r2", "9", "64", pair) PUDU_COLUMN("r3", "r4", "r5", "r2", "r6")

#define PUDU_SUMS(pair_of) \
  pair_of("0", PUDU_BEGIN_COLUMN) pair_of("1", PUDU_COLUMN) pair_of("2", PUDU_COLUMN) "sub r1, r1, #60\n"

// Stores, then four positions on; fewer where fewer are left, so that the last four end with the row. `go_back` moves
// r0 back by r7 positions.
#define PUDU_LEAVE_ROW(four_positions, go_back) \
  "ldrd r4, r5, [sp, #16]\n"                    \
  "strb r8, [r4]\n"                             \
  "strb r9, [r4, r5]\n"                         \
  "add r4, r4, r5, lsl #1\n"                    \
  "strb r10, [r4]\n"                            \
  "strb r11, [r4, r5]\n"                        \
  "add r4, r4, r5, lsl #1\n"                    \
  "ldr r6, [sp, #24]\n"                         \
  "add r0, r0, #" four_positions                \
  "\n"                                          \
  "subs r6, r6, #4\n"                           \
  "ble 3f\n"                                    \
  "cmp r6, #4\n"                                \
  "bge 2f\n"                                    \
  "rsb r7, r6, #4\n"                            \
  "mls r4, r7, r5, r4\n" go_back                \
  "mov r6, #4\n"                                \
  "2:\n"                                        \
  "str r4, [sp, #16]\n"                         \
  "str r6, [sp, #24]\n"                         \
  "b 1b\n"                                      \
  "3:\n"                                        \
  "add sp, sp, #28\n"                           \
  "pop {r4-r11, lr}\n"

#define PUDU_LEAVE_STRIDE1                  \
  PUDU_LEAVE_ROW("4*48",                    \
                 "add r3, r7, r7, lsl #1\n" \
                 "sub r0, r0, r3, lsl #4\n")
#define PUDU_LEAVE_STRIDE2 PUDU_LEAVE_ROW("8*64", "sub r0, r0, r7, lsl #7\n")

#define PUDU_LINE(sum)    \
  "add " sum ", r2, " sum \
  ", lsl #8\n"            \
  "smmul " sum ", " sum   \
  ", r3\n"                \
  "ssat " sum ", #8, " sum ", asr #%c[shift]\n"
#define PUDU_LINES "ldrd r2, r3, [sp]\n" PUDU_LINE("r8") PUDU_LINE("r9") PUDU_LINE("r10") PUDU_LINE("r11")

#define PUDU_ROUNDED(sum) \
  "add " sum ", r2, " sum \
  ", lsl #1\n"            \
  "add r6, r4, " sum      \
  ", asr #31\n"           \
  "smmlar " sum ", " sum  \
  ", r3, r6\n"            \
  "asr " sum ", " sum     \
  ", r5\n"                \
  "ssat " sum ", #8, " sum "\n"
#define PUDU_ROUND "ldm sp, {r2-r5}\n" PUDU_ROUNDED("r8") PUDU_ROUNDED("r9") PUDU_ROUNDED("r10") PUDU_ROUNDED("r11")

// Registers that a compiler may keep for itself (r7, r11) are saved here, not named as changed.
#define PUDU_ROW(pair_of, requantize, leave)                          \
  asm volatile(PUDU_ENTER_ROW PUDU_SUMS(pair_of) requantize leave     \
               :                                                      \
               : [row] "r"(&row), [shift] "i"(static_cast<int>(Form)) \
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory")

template <RequantizeForm Form, int Stride>
void make_row(const Row& row) noexcept {
  constexpr bool is_rounded = Form == RequantizeForm::Rounded;
  if constexpr (Stride == 1 && is_rounded) PUDU_ROW(PUDU_PAIR_STRIDE1, PUDU_ROUND, PUDU_LEAVE_STRIDE1);
  if constexpr (Stride == 1 && !is_rounded) PUDU_ROW(PUDU_PAIR_STRIDE1, PUDU_LINES, PUDU_LEAVE_STRIDE1);
  if constexpr (Stride == 2 && is_rounded) PUDU_ROW(PUDU_PAIR_STRIDE2, PUDU_ROUND, PUDU_LEAVE_STRIDE2);
  if constexpr (Stride == 2 && !is_rounded) PUDU_ROW(PUDU_PAIR_STRIDE2, PUDU_LINES, PUDU_LEAVE_STRIDE2);
}

PUDU_DEPTHWISE_5X5_INSTANCES

}  // namespace pudu::kernels::depthwise_conv2d_5x5_dsp

#endif
