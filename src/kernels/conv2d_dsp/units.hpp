// The sums of conv2d_dsp_s8 for the DSP extension, as text of the assembler. A unit makes 16 products of two positions,
// two channels and four values in 10 instructions: two load-multiples of four words and 8 SMLAD. All of 14 registers
// are taken, so that the loop is one piece of assembly (GCC 12 needs 17 instructions, and keeps the counter in memory):
//   r0 x, r1 weights, r2-r5 weights of a unit, r6-r8 and lr values of a unit, r9-r12 sums
// What a block needs besides lies on the stack, at the offsets of Conv2dDspBlock without x: 0 weights, 4 first
// constants, 20 output, 24 stride, 28 end of x, 32 second constants, 48 end of the weights.
#pragma once

#define PUDU_CONV2D_DSP_LOAD_UNIT \
  "ldm r1!, {r2-r5}\n"            \
  "ldm r0!, {r6-r8, lr}\n"

#define PUDU_CONV2D_DSP_SECOND_HALF \
  "smlad r9, r7, r3, r9\n"          \
  "smlad r10, r7, r5, r10\n"        \
  "smlad r11, lr, r3, r11\n"        \
  "smlad r12, lr, r5, r12\n"

#define PUDU_CONV2D_DSP_FIRST_UNIT \
  PUDU_CONV2D_DSP_LOAD_UNIT        \
  "smuad r9, r6, r2\n"             \
  "smuad r10, r6, r4\n"            \
  "smuad r11, r8, r2\n"            \
  "smuad r12, r8, r4\n" PUDU_CONV2D_DSP_SECOND_HALF

#define PUDU_CONV2D_DSP_NEXT_UNIT \
  PUDU_CONV2D_DSP_LOAD_UNIT       \
  "smlad r9, r6, r2, r9\n"        \
  "smlad r10, r6, r4, r10\n"      \
  "smlad r11, r8, r2, r11\n"      \
  "smlad r12, r8, r4, r12\n" PUDU_CONV2D_DSP_SECOND_HALF

// Registers that a compiler may keep for itself (r7, r11) are saved here, not named as changed.
#define PUDU_CONV2D_DSP_ENTER \
  "push {r4-r11, lr}\n"       \
  "mov r0, %[block]\n"        \
  "ldm r0, {r0-r12, lr}\n"

#define PUDU_CONV2D_DSP_SUMS                                                         \
  "push {r1-r12, lr}\n"                                                              \
  "1:\n" PUDU_CONV2D_DSP_FIRST_UNIT ".rept %c[straight]\n" PUDU_CONV2D_DSP_NEXT_UNIT \
  ".endr\n"                                                                          \
  ".if %c[loops]\n"                                                                  \
  "2:\n"                                                                             \
  ".rept %c[loops]\n" PUDU_CONV2D_DSP_NEXT_UNIT                                      \
  ".endr\n"                                                                          \
  "ldr r2, [sp, #48]\n"                                                              \
  "cmp r1, r2\n"                                                                     \
  "bne 2b\n"                                                                         \
  ".endif\n"

#define PUDU_CONV2D_DSP_LEAVE \
  "cmp r0, r8\n"              \
  "bne 1b\n"                  \
  "add sp, sp, #52\n"         \
  "pop {r4-r11, lr}\n"
