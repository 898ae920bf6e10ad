// The loops of depthwise_conv2d_lanes_s8 for Armv6-M and Armv8-M baseline. Eight registers multiply and load, MULS
// destroys a factor, ADD takes any register: four words are loaded, multiplied where they are and added to r8-r11.
#include "kernels/depthwise_conv2d_lanes/instances.hpp"
#include "kernels/depthwise_conv2d_lanes/loops.hpp"
#include "kernels/lane_outputs.hpp"

#if PUDU_DEPTHWISE_LANES_THUMB == 1

namespace pudu::kernels::depthwise_conv2d_lanes {
namespace {

constexpr int count_runs(int mask) noexcept {
  return mask == 0 ? 0 : (mask & 1) + count_runs(mask >> 1);
}

}  // namespace

// All registers that a caller wants back, r7 and r11 too, which may be its frame pointer.
#define PUDU_SAVE      \
  "push {r4-r7, lr}\n" \
  "mov r4, r8\n"       \
  "mov r5, r9\n"       \
  "mov r6, r10\n"      \
  "mov r7, r11\n"      \
  "push {r4-r7}\n"
#define PUDU_RESTORE \
  "pop {r4-r7}\n"    \
  "mov r8, r4\n"     \
  "mov r9, r5\n"     \
  "mov r10, r6\n"    \
  "mov r11, r7\n"    \
  "pop {r4-r7}\n"    \
  "pop {r0}\n"       \
  "mov lr, r0\n"

// One tap of four words: the first of a run starts the sums, the last leaves them in r4-r7, on the stack unless they
// are the last of all.
#define PUDU_TAP(tap, weight)           \
  "ldm r0!, {r4-r7}\n"                  \
  "muls r4, " weight                    \
  ", r4\n"                              \
  "muls r5, " weight                    \
  ", r5\n"                              \
  "muls r6, " weight                    \
  ", r6\n"                              \
  "muls r7, " weight                    \
  ", r7\n"                              \
  ".if ((((%c[mask] << 1) | 1) >> " tap \
  ") & 1) == 0\n"                       \
  ".if ((%c[mask] | 256) >> " tap       \
  ") & 1\n"                             \
  "add r4, r8\n"                        \
  "add r5, r9\n"                        \
  "add r6, r10\n"                       \
  "add r7, r11\n"                       \
  ".else\n"                             \
  "add r8, r4\n"                        \
  "add r9, r5\n"                        \
  "add r10, r6\n"                       \
  "add r11, r7\n"                       \
  ".endif\n"                            \
  ".else\n"                             \
  ".if (((%c[mask] | 256) >> " tap      \
  ") & 1) == 0\n"                       \
  "mov r8, r4\n"                        \
  "mov r9, r5\n"                        \
  "mov r10, r6\n"                       \
  "mov r11, r7\n"                       \
  ".endif\n"                            \
  ".endif\n"                            \
  ".if (%c[mask] >> " tap               \
  ") & 1\n"                             \
  "push {r4-r7}\n"                      \
  ".endif\n"

// From the first tap of a row to the second, and to the third: at stride 2 these are columns 0, 2, 1.
#define PUDU_TO_SECOND "subs r0, #12\n"
#define PUDU_TO_THIRD     \
  ".if %c[stride] == 1\n" \
  "subs r0, #12\n"        \
  ".else\n"               \
  "add r0, lr\n"          \
  ".endif\n"

// The weights of a row lie above the runs that were pushed before it.
#define PUDU_ROW(tap0, tap1, tap2, weights)               \
  "add r1, sp, #%c[" weights                              \
  "]\n"                                                   \
  "ldm r1, {r1-r3}\n" PUDU_TAP(tap0, "r1") PUDU_TO_SECOND \
  PUDU_TAP(tap1, "r2") PUDU_TO_THIRD                      \
  PUDU_TAP(tap2, "r3")

// A further run of word `at` bytes into the four.
#define PUDU_ADD_RUN(run, at)    \
  ".if %c[runs] > " run          \
  "\n"                           \
  "ldr r2, [sp, #16*" run "+" at \
  "]\n"                          \
  "adds r0, r0, r2\n"            \
  "asrs r2, r2, #16\n"           \
  "adcs r1, r2\n"                \
  ".endif\n"

// Both sums of a word whose last run is in `last`. ASRS leaves bit 15 in the carry, which rounds.
#define PUDU_SPLIT(last, at) \
  ".if %c[runs] == 0\n"                     \
  "sxth r0, " last "\n"                     \
  "subs " last ", " last ", r0\n"           \
  "asrs r1, " last ", #16\n"                \
  ".else\n"                                 \
  "ldr r2, [sp, #" at "]\n"                 \
  "adds r0, " last ", r2\n"                 \
  "movs r1, #0\n"                           \
  "asrs r2, r2, #16\n"                      \
  "adcs r1, r2\n"                           \
  "asrs " last ", " last ", #16\n"          \
  "adcs r1, " last "\n"                     \
  PUDU_ADD_RUN("1", at) PUDU_ADD_RUN("2", at) PUDU_ADD_RUN("3", at) \
  "lsls r2, r1, #16\n"                      \
  "subs r0, r0, r2\n"                       \
  ".endif\n"                                \
  "stm r3!, {r0, r1}\n"

// r0: the plane; r12: step to the next row; lr: to the odd columns. On the stack: weights [9], sums, their end, the
// step to the next block.
template <int Mask, int Stride>
void sum_products(const Products& products) noexcept {
  constexpr int runs = count_runs(Mask), before1 = 16 * count_runs(Mask & 7), before2 = 16 * count_runs(Mask & 63);
  asm volatile(
      ".syntax unified\n"
      "mov r0, %[products]\n" PUDU_SAVE
      "ldm r0!, {r1-r3}\n"
      "mov r8, r1\n"
      "mov r12, r2\n"
      "mov lr, r3\n"
      "adds r0, #20\n"
      "ldm r0!, {r1-r7}\n"
      "push {r1-r7}\n"
      "subs r0, #48\n"
      "ldm r0!, {r1-r5}\n"
      "push {r1-r5}\n"
      "mov r0, r8\n"
      "1:\n" PUDU_ROW("0", "1", "2", "row0")
      "add r0, r12\n" PUDU_ROW("3", "4", "5", "row1")
      "add r0, r12\n" PUDU_ROW("6", "7", "8", "row2")
      "ldr r1, [sp, #%c[pushed] + 44]\n"
      "add r0, r1\n"
      "mov r8, r0\n"
      "ldr r3, [sp, #%c[pushed] + 36]\n" PUDU_SPLIT("r4", "0") PUDU_SPLIT("r5", "4") PUDU_SPLIT("r6", "8")
      PUDU_SPLIT("r7", "12")
      ".if %c[pushed] > 0\n"
      "add sp, #%c[pushed]\n"
      ".endif\n"
      "mov r0, r8\n"
      "str r3, [sp, #36]\n"
      "ldr r1, [sp, #40]\n"
      "cmp r3, r1\n"
      "beq 2f\n"
      "b 1b\n"
      "2:\n"
      "add sp, #48\n" PUDU_RESTORE
      :
      : [products] "r"(&products), [mask] "i"(Mask), [stride] "i"(Stride), [runs] "i"(runs), [pushed] "i"(16 * runs),
        [row0] "i"(0), [row1] "i"(before1 + 12), [row2] "i"(before2 + 24)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

PUDU_DEPTHWISE_CONV2D_LANES_PRODUCTS

// r0: to; r1, r2: codes of both lanes; r5: distance from them; r8: step; r9: input; r10: jobs; r11: their end; lr, r12:
// ends of fours and of all; on the stack: the plane.
void copy_pairs(const JobList<PairJob>& jobs) noexcept {
  if (jobs.begin == jobs.end) return;
  asm volatile(
      ".syntax unified\n"
      "mov r0, %[jobs]\n" PUDU_SAVE
      "ldm r0!, {r1-r5}\n"
      "mov r10, r1\n"
      "mov r11, r2\n"
      "mov r9, r3\n"
      "mov r8, r5\n"
      "push {r4}\n"
      "1:\n"
      "mov r0, r10\n"
      "ldm r0!, {r1-r5}\n"
      "mov r10, r0\n"
      "ldr r0, [sp]\n"
      "adds r3, r3, r0\n"
      "adds r4, r4, r0\n"
      "adds r0, r0, r5\n"
      "mov lr, r3\n"
      "mov r12, r4\n"
      "add r1, r9\n"
      "add r2, r9\n"
      "movs r5, #0\n"
      "cmp r0, lr\n"
      "beq 3f\n"
      "2:\n"
      ".rept 2\n"
      "ldrsb r3, [r1, r5]\n"
      "ldrsb r6, [r2, r5]\n"
      "add r5, r8\n"
      "lsls r6, r6, #16\n"
      "adds r3, r3, r6\n"
      "ldrsb r4, [r1, r5]\n"
      "ldrsb r6, [r2, r5]\n"
      "add r5, r8\n"
      "lsls r6, r6, #16\n"
      "adds r4, r4, r6\n"
      "stm r0!, {r3, r4}\n"
      ".endr\n"
      "cmp r0, lr\n"
      "bne 2b\n"
      "3:\n"
      "cmp r0, r12\n"
      "beq 5f\n"
      "4:\n"
      "ldrsb r3, [r1, r5]\n"
      "ldrsb r6, [r2, r5]\n"
      "add r5, r8\n"
      "lsls r6, r6, #16\n"
      "adds r3, r3, r6\n"
      "stm r0!, {r3}\n"
      "cmp r0, r12\n"
      "bne 4b\n"
      "5:\n"
      "cmp r10, r11\n"
      "bne 1b\n"
      "pop {r0}\n" PUDU_RESTORE
      :
      : [jobs] "r"(&jobs)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

// r0: to; r1: codes; r2: shift; r3: addend; r5: distance; r8 to r11 and the stack as above; r12: end.
void copy_singles(const JobList<SingleJob>& jobs) noexcept {
  if (jobs.begin == jobs.end) return;
  asm volatile(
      ".syntax unified\n"
      "mov r0, %[jobs]\n" PUDU_SAVE
      "ldm r0!, {r1-r5}\n"
      "mov r10, r1\n"
      "mov r11, r2\n"
      "mov r9, r3\n"
      "mov r8, r5\n"
      "push {r4}\n"
      "1:\n"
      "mov r0, r10\n"
      "ldm r0!, {r1-r5}\n"
      "mov r10, r0\n"
      "ldr r0, [sp]\n"
      "adds r4, r4, r0\n"
      "adds r0, r0, r5\n"
      "mov r12, r4\n"
      "add r1, r9\n"
      "movs r5, #0\n"
      "2:\n"
      "ldrsb r6, [r1, r5]\n"
      "add r5, r8\n"
      "lsls r6, r2\n"
      "adds r6, r6, r3\n"
      "stm r0!, {r6}\n"
      "cmp r0, r12\n"
      "bne 2b\n"
      "cmp r10, r11\n"
      "bne 1b\n"
      "pop {r0}\n" PUDU_RESTORE
      :
      : [jobs] "r"(&jobs)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

// r0: sums; r5: output. Without a pivot, r11: step; r12: distance; lr: end of the row. On the stack:
// distance, step, row_bytes, gap, row_step, rows, end of the row.
template <LanesForm Form, int Pivot>
void write_outputs(const OutputRows& rows) noexcept {
  asm volatile(
      ".syntax unified\n"
      "mov r0, %[rows]\n" PUDU_SAVE
      "sub sp, #4\n"
      "adds r0, #16\n"
      "ldm r0!, {r1-r4}\n"
      "push {r1-r4}\n"
      "subs r0, #24\n"
      "ldm r0!, {r1-r2}\n"
      "push {r1-r2}\n"
      "subs r0, #16\n"
      "ldm r0!, {r1, r5}\n"
      "mov r11, r1\n"
      "adds r0, #24\n"
      "ldm r0!, {r1-r4, r6}\n"
      "mov r8, r1\n"
      "mov r9, r2\n"
      "mov r10, r6\n"
      "ldr r1, [r0]\n"
      "ldr r2, [r0, #4]\n"
      "mov r0, r11\n"
      "mov r11, r1\n"
      "mov lr, r2\n"
      "mov r6, r4\n"
      "mov r4, r3\n"
      ".if %c[form] == 1\n"
      "movs r6, #31\n"
      ".endif\n"
      ".if %c[pivot] == 0\n"
      "ldr r1, [sp]\n"
      "mov r12, r1\n"
      "ldr r1, [sp, #4]\n"
      "mov r11, r1\n"
      ".endif\n"
      "1:\n"
      "ldr r1, [sp, #8]\n"
      "adds r1, r1, r0\n"
      ".if %c[pivot]\n"
      "str r1, [sp, #24]\n"
      ".else\n"
      "mov lr, r1\n"
      ".endif\n"
      "2:\n"
      "ldm r0!, {r1, r2}\n" PUDU_LANES_OUTPUT("add r1, r8\n", "r1")
      "strb r1, [r5]\n" PUDU_LANES_OUTPUT("add r2, r8\n", "r2")
      ".if %c[pivot]\n"
      "ldr r3, [sp]\n"
      "strb r2, [r5, r3]\n"
      "ldr r3, [sp, #4]\n"
      "adds r5, r5, r3\n"
      "ldr r3, [sp, #24]\n"
      "cmp r0, r3\n"
      ".else\n"
      "mov r3, r12\n"
      "strb r2, [r5, r3]\n"
      "add r5, r11\n"
      "cmp r0, lr\n"
      ".endif\n"
      "bne 2b\n"
      "ldr r1, [sp, #12]\n"
      "adds r0, r0, r1\n"
      "ldr r1, [sp, #16]\n"
      "adds r5, r5, r1\n"
      "ldr r1, [sp, #20]\n"
      "subs r1, #1\n"
      "str r1, [sp, #20]\n"
      "bne 1b\n"
      "add sp, #28\n" PUDU_RESTORE
      :
      : [rows] "r"(&rows), [form] "i"(static_cast<int>(Form)), [pivot] "i"(Pivot)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

PUDU_DEPTHWISE_CONV2D_LANES_OUTPUTS

}  // namespace pudu::kernels::depthwise_conv2d_lanes

#endif
