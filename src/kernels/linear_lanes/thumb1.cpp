// The loops of linear_lanes_s8 for Armv6-M and Armv8-M baseline: the words of four lanes are loaded, multiplied where
// they are and added to r8-r11.
#include "kernels/lane_outputs.hpp"
#include "kernels/linear_lanes/linear_lanes_s8.hpp"
#include "kernels/linear_lanes/loops.hpp"

#if PUDU_LINEAR_LANES_THUMB == 1

namespace pudu::kernels::linear_lanes {

// r0: weights; r1: codes; r12: the run's end; lr: the loop's code; on the stack: the argument, the end of codes, the
// next run's word, sums.
#define PUDU_BEGIN      \
  ".syntax unified\n"   \
  "mov r0, %[runs]\n"   \
  "push {r4-r7, lr}\n"  \
  "mov r4, r8\n"        \
  "mov r5, r9\n"        \
  "mov r6, r10\n"       \
  "mov r7, r11\n"       \
  "push {r4-r7}\n"      \
  "ldr r1, [r0, #8]\n"  \
  "ldr r2, [r0, #12]\n" \
  "ldr r3, [r0, #16]\n" \
  "push {r0-r3}\n"      \
  "ldr r1, [r0, #4]\n"  \
  "ldr r0, [r0]\n"      \
  "mov r12, r1\n"       \
  "movs r3, #255\n"     \
  "lsls r4, r3, #16\n"  \
  "adds r3, r3, r4\n"   \
  "adr r4, 1f\n"        \
  "mov lr, r4\n"        \
  "b 4f\n"              \
  ".balign 4\n"         \
  "1:\n"

// Next pass, or the sums of a run and the next run, which begins within the code: a feature has `code_bytes`, as `.org`
// checks.
#define PUDU_END(code_bytes) \
  "cmp r1, r12\n"            \
  "beq 2f\n"                 \
  "b 1b\n"                   \
  "2:\n"                     \
  "mov r4, r8\n"             \
  "mov r5, r9\n"             \
  "mov r6, r10\n"            \
  "mov r7, r11\n"            \
  "ldr r2, [sp, #12]\n"      \
  "stm r2!, {r4-r7}\n"       \
  "str r2, [sp, #12]\n"      \
  "ldr r4, [sp, #4]\n"       \
  "cmp r1, r4\n"             \
  "beq 3f\n"                 \
  "4:\n"                     \
  "ldr r2, [sp, #8]\n"       \
  "ldrb r4, [r2]\n"          \
  "adds r2, #1\n"            \
  "str r2, [sp, #8]\n"       \
  "lsls r5, r4, #3\n"        \
  "add r12, r5\n"            \
  "negs r4, r4\n"            \
  "movs r5, #7\n"            \
  "ands r4, r5\n"            \
  "movs r5, #2*" code_bytes  \
  "\n"                       \
  "muls r4, r5, r4\n"        \
  "add r4, lr\n"             \
  "movs r5, #0\n"            \
  "mov r8, r5\n"             \
  "mov r9, r5\n"             \
  "mov r10, r5\n"            \
  "mov r11, r5\n"            \
  "mov pc, r4\n"             \
  "3:\n"                     \
  "pop {r0, r1, r3}\n"       \
  "str r3, [r0, #12]\n"      \
  "pop {r3}\n"               \
  "str r3, [r0, #16]\n"      \
  "pop {r4-r7}\n"            \
  "mov r8, r4\n"             \
  "mov r9, r5\n"             \
  "mov r10, r6\n"            \
  "mov r11, r7\n"            \
  "pop {r4-r7}\n"            \
  "pop {r0}\n"               \
  "mov lr, r0\n"

// Four words times the code in `code`.
#define PUDU_MULTIPLY_ADD(code) \
  "muls r4, " code              \
  ", r4\n"                      \
  "muls r5, " code              \
  ", r5\n"                      \
  "muls r6, " code              \
  ", r6\n"                      \
  "muls r7, " code              \
  ", r7\n"                      \
  "add r8, r4\n"                \
  "add r9, r5\n"                \
  "add r10, r6\n"               \
  "add r11, r7\n"

// 19 instructions for the 16 products of two features.
void sum_runs16(Runs& runs) noexcept {
  asm volatile(PUDU_BEGIN
               ".rept 8\n"
               "ldm r1!, {r2, r3}\n"
               "ldm r0!, {r4-r7}\n" PUDU_MULTIPLY_ADD("r2")
               "ldm r0!, {r4-r7}\n" PUDU_MULTIPLY_ADD("r3")
               ".endr\n"
               ".org 1b + 16 * 19\n" PUDU_END("19")
               :
               : [runs] "r"(&runs)
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

// 14 instructions for 8 products of one feature; r3: the mask of two lanes.
void sum_runs8(Runs& runs) noexcept {
  asm volatile(PUDU_BEGIN
               ".rept 16\n"
               "ldm r1!, {r2}\n"
               "ldm r0!, {r4, r6}\n"
               "lsrs r5, r4, #8\n"
               "lsrs r7, r6, #8\n"
               "ands r4, r3\n"
               "ands r6, r3\n" PUDU_MULTIPLY_ADD("r2")
               ".endr\n"
               ".org 1b + 16 * 28\n" PUDU_END("28")
               :
               : [runs] "r"(&runs)
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

// r0: sums; r12: their end; r4-r7: uppers; r8-r11: totals. ASRS leaves bit 15 in the carry, which rounds.
#define PUDU_ADD_RUN(upper, total) \
  "ldm r0!, {r1}\n"                \
  "add " total                     \
  ", r1\n"                         \
  "asrs r1, r1, #16\n"             \
  "adcs " upper ", r1\n"
#define PUDU_LOWER(upper, total) \
  "lsls r2, " upper              \
  ", #16\n"                      \
  "mov r3, " total               \
  "\n"                           \
  "subs r3, r3, r2\n"            \
  "stm r1!, {r3}\n"

void split_lanes16(const std::uint32_t* begin, const std::uint32_t* end, std::int32_t* outputs) noexcept {
  const struct {
    const std::uint32_t *begin, *end;
    std::int32_t* outputs;
  } args{begin, end, outputs};
  asm volatile(
      ".syntax unified\n"
      "mov r0, %[args]\n"
      "push {r4-r7, lr}\n"
      "mov r4, r8\n"
      "mov r5, r9\n"
      "mov r6, r10\n"
      "mov r7, r11\n"
      "push {r4-r7}\n"
      "ldm r0!, {r1-r3}\n"
      "push {r3}\n"
      "mov r0, r1\n"
      "mov r12, r2\n"
      "movs r4, #0\n"
      "movs r5, #0\n"
      "movs r6, #0\n"
      "movs r7, #0\n"
      "mov r8, r4\n"
      "mov r9, r4\n"
      "mov r10, r4\n"
      "mov r11, r4\n"
      "1:\n" PUDU_ADD_RUN("r4", "r8") PUDU_ADD_RUN("r5", "r9") PUDU_ADD_RUN("r6", "r10") PUDU_ADD_RUN("r7", "r11")
      "cmp r0, r12\n"
      "bne 1b\n"
      "pop {r1}\n" PUDU_LOWER("r4", "r8") PUDU_LOWER("r5", "r9") PUDU_LOWER("r6", "r10") PUDU_LOWER("r7", "r11")
      "stm r1!, {r4-r7}\n"
      "pop {r4-r7}\n"
      "mov r8, r4\n"
      "mov r9, r5\n"
      "mov r10, r6\n"
      "mov r11, r7\n"
      "pop {r4-r7}\n"
      "pop {r0}\n"
      "mov lr, r0\n"
      :
      : [args] "r"(&args)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

// r0: sums; r2: biases; r5: output; r9: range; r10: offset; r11: pivot; lr: offset below; on the stack: the sums' end.
template <LanesForm Form, int Pivot>
void write_alike(const LanesConstants& constants, const std::int32_t* biases, const std::int32_t* sums,
                 std::int32_t count, std::int8_t* output) noexcept {
  const struct {
    const std::int32_t *sums, *end, *biases;
    std::int8_t* output;
    std::uint32_t range, multiplier, low, offset, pivot, offset_below;
  } args{sums,
         sums + count,
         biases,
         output,
         constants.range & 0xFFFFFF,
         constants.multiplier,
         Form == LanesForm::Narrow ? 31 : constants.low,
         constants.offset,
         constants.pivot,
         constants.offset_below};
  asm volatile(
      ".syntax unified\n"
      "mov r0, %[args]\n"
      "push {r4-r7, lr}\n"
      "mov r4, r8\n"
      "mov r5, r9\n"
      "mov r6, r10\n"
      "mov r7, r11\n"
      "push {r4-r7}\n"
      "ldm r0!, {r2-r7}\n"
      "push {r3}\n"
      "mov r8, r2\n"
      "mov r9, r6\n"
      "mov r12, r7\n"
      "mov r2, r4\n"
      "ldm r0!, {r1, r3, r4, r7}\n"
      "mov r6, r1\n"
      "mov r10, r3\n"
      "mov r11, r4\n"
      "mov lr, r7\n"
      "mov r4, r12\n"
      "mov r0, r8\n"
      "1:\n"
      "ldm r0!, {r1}\n"
      "ldm r2!, {r3}\n" PUDU_LANES_OUTPUT("adds r1, r1, r3\n", "r1")
      "strb r1, [r5]\n"
      "adds r5, #1\n"
      "ldr r3, [sp]\n"
      "cmp r0, r3\n"
      "bne 1b\n"
      "pop {r0}\n"
      "pop {r4-r7}\n"
      "mov r8, r4\n"
      "mov r9, r5\n"
      "mov r10, r6\n"
      "mov r11, r7\n"
      "pop {r4-r7}\n"
      "pop {r0}\n"
      "mov lr, r0\n"
      :
      : [args] "r"(&args), [form] "i"(static_cast<int>(Form)), [pivot] "i"(Pivot)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

PUDU_LINEAR_LANES_OUTPUTS

}  // namespace pudu::kernels::linear_lanes

#endif
