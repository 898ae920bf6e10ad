// Inner products of linear_dsp_s8 for the DSP extension, as text of the assembler. A unit makes 16 products of four
// values and four outputs: of int8 weights in 18 instructions (each word of weights is parted by two SXTB16), of int16
// in 11. All 14 registers are taken: r0 x, r1 its end, r2 weights, r3 and lr values, r4-r7 weights, r8-r11 sums, r12
// temporary.
#pragma once

#define PUDU_LINEAR_DSP_NARROW_ROW(w, sum) \
  "sxtb16 r12, " w                         \
  "\n"                                     \
  "sxtb16 " w ", " w                       \
  ", ror #8\n"                             \
  "smlad " sum ", r12, r3, " sum           \
  "\n"                                     \
  "smlad " sum ", " w ", lr, " sum "\n"

#define PUDU_LINEAR_DSP_NARROW_UNIT                                                                  \
  "ldrd r3, lr, [r0], #8\n"                                                                          \
  "ldm r2!, {r4-r7}\n" PUDU_LINEAR_DSP_NARROW_ROW("r4", "r8") PUDU_LINEAR_DSP_NARROW_ROW("r5", "r9") \
      PUDU_LINEAR_DSP_NARROW_ROW("r6", "r10") PUDU_LINEAR_DSP_NARROW_ROW("r7", "r11")

#define PUDU_LINEAR_DSP_WIDE_UNIT \
  "ldrd r3, lr, [r0], #8\n"       \
  "ldm r2!, {r4-r7}\n"            \
  "smlad r8, r4, r3, r8\n"        \
  "smlad r9, r6, r3, r9\n"        \
  "smlad r8, r5, lr, r8\n"        \
  "smlad r9, r7, lr, r9\n"        \
  "ldm r2!, {r4-r7}\n"            \
  "smlad r10, r4, r3, r10\n"      \
  "smlad r11, r6, r3, r11\n"      \
  "smlad r10, r5, lr, r10\n"      \
  "smlad r11, r7, lr, r11\n"

// Sums of four outputs in r8-r11 over x from r0 to r1. Four units a turn; the rest, of units % 4, before the first.
#define PUDU_LINEAR_DSP_SUMS(unit) \
  "mov r8, #0\n"                   \
  "mov r9, #0\n"                   \
  "mov r10, #0\n"                  \
  "mov r11, #0\n"                  \
  "sub r12, r1, r0\n"              \
  "ands r12, r12, #31\n"           \
  "beq 2f\n"                       \
  "add r12, r0, r12\n"             \
  "push {r1}\n"                    \
  "mov r1, r12\n"                  \
  "1:\n" unit                      \
  "cmp r0, r1\n"                   \
  "bne 1b\n"                       \
  "pop {r1}\n"                     \
  "2:\n"                           \
  "cmp r0, r1\n"                   \
  "beq 4f\n"                       \
  "3:\n" unit unit unit unit       \
  "cmp r0, r1\n"                   \
  "bne 3b\n"                       \
  "4:\n"

#define PUDU_LINEAR_DSP_DOTS(unit) \
  "push {r4-r11, lr}\n"            \
  "mov r0, %[arguments]\n"         \
  "ldm r0, {r0-r3}\n"              \
  "push {r3}\n" PUDU_LINEAR_DSP_SUMS(unit)    \
  "pop {r3}\n"                     \
  "stm r3, {r8-r11}\n"             \
  "pop {r4-r11, lr}\n"

// Groups of four outputs; r12 and the stack's top are their arguments, r3 constants. `store` writes r8-r11 to r4, which
// it moves on.
#define PUDU_LINEAR_DSP_GROUPS(unit, requantize, store) \
  "push {r4-r11, lr}\n"                    \
  "mov r12, %[groups]\n"                   \
  "push {r12}\n"                           \
  "5:\n"                                   \
  "ldm r12, {r0-r2}\n" PUDU_LINEAR_DSP_SUMS(unit)     \
  "ldr r12, [sp]\n"                        \
  "ldr r3, [r12, #12]\n" requantize        \
  "ldrd r4, r5, [r12, #16]\n"              \
  store                                    \
  "strd r2, r3, [r12, #8]\n"               \
  "subs r5, r5, #1\n"                      \
  "strd r4, r5, [r12, #16]\n"              \
  "bne 5b\n"                               \
  "pop {r12}\n"                            \
  "pop {r4-r11, lr}\n"
