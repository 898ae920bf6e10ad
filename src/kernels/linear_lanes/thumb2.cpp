// The loops of linear_lanes_s8 for M3, whose MLA adds to r8-r11.
#include "kernels/linear_lanes/linear_lanes_s8.hpp"
#include "kernels/linear_lanes/loops.hpp"

#if PUDU_LINEAR_LANES_THUMB == 2

namespace pudu::kernels::linear_lanes {

// r0: weights; r1: codes; r12: the run's end; lr: the loop's code; on the stack: the argument, the end of codes, the
// next run's word, sums.
#define PUDU_BEGIN        \
  ".syntax unified\n"     \
  "mov r0, %[runs]\n"     \
  "push {r4-r11, lr}\n"   \
  "ldr r1, [r0, #8]\n"    \
  "ldr r2, [r0, #12]\n"   \
  "ldr r3, [r0, #16]\n"   \
  "push {r0-r3}\n"        \
  "ldr r1, [r0, #4]\n"    \
  "ldr r0, [r0]\n"        \
  "mov r12, r1\n"         \
  "mov r3, #0x00ff00ff\n" \
  "adr lr, 1f\n"          \
  "b 4f\n"                \
  ".balign 4\n"           \
  "1:\n"

// Next pass, or the sums of a run and the next run, which begins within the code: a feature has `code_bytes`, as `.org`
// checks.
#define PUDU_END(code_bytes)   \
  "cmp r1, r12\n"              \
  "bne.w 1b\n"                 \
  "ldr r2, [sp, #12]\n"        \
  "stm r2!, {r8-r11}\n"        \
  "str r2, [sp, #12]\n"        \
  "ldr r4, [sp, #4]\n"         \
  "cmp r1, r4\n"               \
  "beq 3f\n"                   \
  "4:\n"                       \
  "ldr r2, [sp, #8]\n"         \
  "ldrb r4, [r2], #1\n"        \
  "str r2, [sp, #8]\n"         \
  "add r12, r12, r4, lsl #3\n" \
  "rsb r4, r4, #0\n"           \
  "and r4, r4, #7\n"           \
  "mov r5, #2*" code_bytes     \
  "\n"                         \
  "mla r4, r4, r5, lr\n"       \
  "mov r8, #0\n"               \
  "mov r9, r8\n"               \
  "mov r10, r8\n"              \
  "mov r11, r8\n"              \
  "mov pc, r4\n"               \
  "3:\n"                       \
  "pop {r0-r3}\n"              \
  "str r2, [r0, #12]\n"        \
  "str r3, [r0, #16]\n"        \
  "pop {r4-r11, lr}\n"

#define PUDU_MULTIPLY_ADD(code) \
  "mla r8, r4, " code           \
  ", r8\n"                      \
  "mla r9, r5, " code           \
  ", r9\n"                      \
  "mla r10, r6, " code          \
  ", r10\n"                     \
  "mla r11, r7, " code ", r11\n"

// 11 instructions for the 16 products of two features.
void sum_runs16(Runs& runs) noexcept {
  asm volatile(PUDU_BEGIN
               ".rept 8\n"
               "ldm.n r1!, {r2, r3}\n"
               "ldm.n r0!, {r4-r7}\n" PUDU_MULTIPLY_ADD("r2")
               "ldm.n r0!, {r4-r7}\n" PUDU_MULTIPLY_ADD("r3")
               ".endr\n"
               ".org 1b + 16 * 19\n" PUDU_END("19")
               :
               : [runs] "r"(&runs)
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

// 10 instructions for 8 products of one feature; r3: the mask of two lanes.
void sum_runs8(Runs& runs) noexcept {
  asm volatile(PUDU_BEGIN
               ".rept 16\n"
               "ldr.w r2, [r1], #4\n"
               "ldm.n r0!, {r4, r6}\n"
               "lsr.w r5, r4, #8\n"
               "lsr.w r7, r6, #8\n"
               "ands.n r4, r3\n"
               "ands.n r6, r3\n" PUDU_MULTIPLY_ADD("r2")
               ".endr\n"
               ".org 1b + 16 * 34\n" PUDU_END("34")
               :
               : [runs] "r"(&runs)
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

}  // namespace pudu::kernels::linear_lanes

#endif
