// The loops of linear_lanes_s8 for M3, whose MLA adds to r8-r11.
#include "kernels/linear_lanes/linear_lanes_s8.hpp"
#include "kernels/linear_lanes/loops.hpp"

#if PUDU_LINEAR_LANES_THUMB == 2

namespace pudu::kernels::linear_lanes {

const std::int32_t feature_code_bytes16 = 19, feature_code_bytes8 = 34;

// r0: weights; r1: codes; r12: the run's end; lr: the loop's code; on the stack: run_bytes, skip, end, sums.
#define PUDU_BEGIN        \
  ".syntax unified\n"     \
  "mov r0, %[runs]\n"     \
  "push {r4-r11, lr}\n"   \
  "ldr r1, [r0, #12]\n"   \
  "ldr r2, [r0, #20]\n"   \
  "ldr r3, [r0, #24]\n"   \
  "ldr r4, [r0, #28]\n"   \
  "push {r1-r4}\n"        \
  "ldr r12, [r0, #8]\n"   \
  "mov r8, #0\n"          \
  "mov r9, r8\n"          \
  "mov r10, r8\n"         \
  "mov r11, r8\n"         \
  "ldr r2, [r0, #16]\n"   \
  "ldr r1, [r0, #4]\n"    \
  "ldr r0, [r0]\n"        \
  "adr lr, 1f\n"          \
  "add r2, r2, lr\n"      \
  "mov r3, #0x00ff00ff\n" \
  "mov pc, r2\n"          \
  ".balign 4\n"           \
  "1:\n"

// Next pass, or the sums of a run and the next run.
#define PUDU_END        \
  "cmp r1, r12\n"       \
  "bne.w 1b\n"          \
  "ldr r2, [sp, #12]\n" \
  "stm r2!, {r8-r11}\n" \
  "str r2, [sp, #12]\n" \
  "ldr r2, [sp, #8]\n"  \
  "cmp r1, r2\n"        \
  "beq 3f\n"            \
  "mov r8, #0\n"        \
  "mov r9, r8\n"        \
  "mov r10, r8\n"       \
  "mov r11, r8\n"       \
  "ldr r2, [sp]\n"      \
  "add r12, r12, r2\n"  \
  "ldr r2, [sp, #4]\n"  \
  "add r2, r2, lr\n"    \
  "mov pc, r2\n"        \
  "3:\n"                \
  "add sp, sp, #16\n"   \
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
void sum_runs16(const Runs& runs) noexcept {
  asm volatile(PUDU_BEGIN
               ".rept 8\n"
               "ldm.n r1!, {r2, r3}\n"
               "ldm.n r0!, {r4-r7}\n" PUDU_MULTIPLY_ADD("r2")
               "ldm.n r0!, {r4-r7}\n" PUDU_MULTIPLY_ADD("r3")
               ".endr\n"
               ".if . - 1b != 16 * 19\n"
               ".error \"bytes of a feature\"\n"
               ".endif\n" PUDU_END
               :
               : [runs] "r"(&runs)
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

// 10 instructions for 8 products of one feature; r3: the mask of two lanes.
void sum_runs8(const Runs& runs) noexcept {
  asm volatile(PUDU_BEGIN
               ".rept 16\n"
               "ldr.w r2, [r1], #4\n"
               "ldm.n r0!, {r4, r6}\n"
               "lsr.w r5, r4, #8\n"
               "lsr.w r7, r6, #8\n"
               "ands.n r4, r3\n"
               "ands.n r6, r3\n" PUDU_MULTIPLY_ADD("r2")
               ".endr\n"
               ".if . - 1b != 16 * 34\n"
               ".error \"bytes of a feature\"\n"
               ".endif\n" PUDU_END
               :
               : [runs] "r"(&runs)
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

}  // namespace pudu::kernels::linear_lanes

#endif
