// The loops of conv2d_mve_s8: four positions by two channels. The eight sums are all even registers, r0 to lr, as
// VMLADAVA wants them; pointers are the odd ones. GCC spills where it has to keep them so, so it is assembly, with
// scalar.cpp as twin.
//
//   windows   a unit is 6 loads and 8 VMLADAVA for 128 products
//   columns   a plane is 12 loads (9 and 6 at stride 2) and 24 VMLADAVA for 384 products
//   outputs   eight take 4 moves to lanes, a load of all constants, 8 of requantization, 4 of narrowing and the zero
//             point, a scatter, and 3 of the loop
#if defined(__ARM_FEATURE_MVE)

#include <cstddef>

#include "kernels/conv2d_mve/conv2d_mve_s8.hpp"

namespace pudu::kernels::conv2d_mve {
namespace {

static_assert(offsetof(PassArguments, loops) == 4 && offsetof(PassArguments, output) == 8 &&
                  offsetof(PassArguments, weights) == 12 && offsetof(PassArguments, constants) == 16 &&
                  offsetof(PassArguments, pairs) == 20 && offsetof(PassArguments, blocks) == 24 &&
                  offsetof(PassArguments, x_step) == 28 && offsetof(PassArguments, output_step) == 32 &&
                  offsetof(PassArguments, window_bytes) == 36 && offsetof(PassArguments, offsets) == 40 &&
                  offsetof(PassArguments, clamp) == 48,
              "the assembly has these numbers");

constexpr int has_ties(Finish last) {
  return last == Finish::NoTies ? 0 : 1;
}
constexpr int has_clamp(Finish last) {
  return last == Finish::Clamp ? 1 : 0;
}

}  // namespace

#define PUDU_MAC(accumulate, sum, x, w) "vmladav" accumulate ".s8 " sum ", " x ", " w "\n"
#define PUDU_WEIGHTS(w) "vldrb.8 " w ", [r3], #16\n"

// Eight sums to lanes of q0 (first channel) and q1.
#define PUDU_TO_LANES            \
  "vmov q0[2], q0[0], r0, r4\n"  \
  "vmov q0[3], q0[1], r2, r6\n"  \
  "vmov q1[2], q1[0], r8, r12\n" \
  "vmov q1[3], q1[1], r10, lr\n"

// r7 constants; scatters to r9 with the offsets in q7; arguments in [sp, #arguments].
#define PUDU_FINISH(arguments)                    \
  "ldm r7!, {r0, r2, r4, r6, r8, r10, r12, lr}\n" \
  "vadd.i32 q0, q0, r0\n"                         \
  "vadd.i32 q1, q1, r6\n"                         \
  "vqrdmulh.s32 q0, q0, r2\n"                     \
  "vqrdmulh.s32 q1, q1, r8\n"                     \
  ".if %c[ties]\n"                                \
  "vqdmlah.s32 q0, q0, lr\n"                      \
  "vqdmlah.s32 q1, q1, lr\n"                      \
  ".endif\n"                                      \
  "vrshl.s32 q0, r4\n"                            \
  "vrshl.s32 q1, r10\n"                           \
  "vqmovnb.s32 q0, q0\n"                          \
  "vqmovnt.s32 q0, q1\n"                          \
  "vqadd.s16 q0, q0, r12\n"                       \
  ".if %c[clamp]\n"                               \
  "ldr r0, [sp, #" arguments                      \
  "]\n"                                           \
  "vldrw.32 q2, [r0, #48]\n"                      \
  "vldrw.32 q3, [r0, #64]\n"                      \
  "vmax.s16 q0, q0, q2\n"                         \
  "vmin.s16 q0, q0, q3\n"                         \
  ".else\n"                                       \
  "vqmovnb.s16 q0, q0\n"                          \
  ".endif\n"                                      \
  "vstrb.16 q0, [r9, q7]\n"

#define PUDU_CLOBBERS "r0", "r1", "r2", "r3", "r12", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "cc", "memory"

// Positions in q0 to q3, first channel's weights in w0, second's in w1.
#define PUDU_WINDOW_UNIT(accumulate, load0, load1, load2, load3)                                                     \
  load0 PUDU_WEIGHTS("q4") load1 PUDU_MAC(accumulate, "r0", "q0", "q4") load2 PUDU_MAC(accumulate, "r2", "q1", "q4") \
      load3                                                                                                          \
      PUDU_MAC(accumulate, "r4", "q2", "q4") PUDU_WEIGHTS("q5") PUDU_MAC(accumulate, "r6", "q3", "q4")               \
          PUDU_MAC(accumulate, "r8", "q0", "q5") PUDU_MAC(accumulate, "r10", "q1", "q5")                             \
              PUDU_MAC(accumulate, "r12", "q2", "q5") PUDU_MAC(accumulate, "lr", "q3", "q5")

// Vectors of words reach further, bytes may lie anywhere.
#define PUDU_NEAR(q, window)      \
  ".if %c[pitch] & 3\n"           \
  "vldrb.8 " q ", [r1, #" window  \
  " * %c[pitch] + .Lpudu_unit]\n" \
  ".else\n"                       \
  "vldrw.32 " q ", [r1, #" window \
  " * %c[pitch] + .Lpudu_unit]\n" \
  ".endif\n"
#define PUDU_NEAR_UNIT(accumulate) \
  PUDU_WINDOW_UNIT(accumulate, PUDU_NEAR("q0", "0"), PUDU_NEAR("q1", "1"), PUDU_NEAR("q2", "2"), PUDU_NEAR("q3", "3"))

// All pairs of a block; r1 x, r3 weights, r7 constants, r9 output, r11 pairs. [sp] holds the arguments.
template <int Units, int Pitch, Finish Last>
[[gnu::noinline]] void windows_pass(PassArguments& arguments) noexcept {
  asm volatile(
      "push {r4-r11, lr}\n"
      "mov r12, %[arguments]\n"
      "push {r12}\n"
      "ldr r0, [r12, #40]\n"
      "vldrh.u16 q7, [r0]\n"
      "1:\n"
      "ldr r12, [sp]\n"
      "ldr r1, [r12]\n"
      "ldrd r9, r3, [r12, #8]\n"
      "ldrd r7, r11, [r12, #16]\n"
      "2:\n"
      ".set .Lpudu_unit, 0\n"
      PUDU_NEAR_UNIT("")
      ".rept %c[units] - 1\n"
      ".set .Lpudu_unit, .Lpudu_unit + 16\n"
      PUDU_NEAR_UNIT("a")
      ".endr\n"
      PUDU_TO_LANES
      PUDU_FINISH("0")
      "add r9, r9, #2\n"
      "subs r11, r11, #1\n"
      "bne 2b\n"
      "ldr r12, [sp]\n"
      "ldrd r0, r2, [r12, #28]\n"
      "ldr r4, [r12, #8]\n"
      "ldr r6, [r12, #24]\n"
      "add r1, r1, r0\n"
      "add r4, r4, r2\n"
      "subs r6, r6, #1\n"
      "str r1, [r12]\n"
      "str r4, [r12, #8]\n"
      "str r6, [r12, #24]\n"
      "bne 1b\n"
      "add sp, sp, #4\n"
      "pop {r4-r11, lr}\n"
      :
      : [arguments] "r"(&arguments), [units] "i"(Units), [pitch] "i"(Pitch),
        [ties] "i"(has_ties(Last)), [clamp] "i"(has_clamp(Last))
      : PUDU_CLOBBERS);
}

#define PUDU_FAR_UNIT(accumulate)                                                                               \
  PUDU_WINDOW_UNIT(accumulate, "vldrb.8 q0, [r1], #16\n", "vldrb.8 q1, [r7], #16\n", "vldrb.8 q2, [r9], #16\n", \
                   "vldrb.8 q3, [r11], #16\n")

// As above; r1, r7, r9, r11 are the windows, r5 counts. The stack holds x, distance of windows, constants, output,
// loops, pairs, arguments.
template <int Lead, Finish Last>
[[gnu::noinline]] void long_windows_pass(PassArguments& arguments) noexcept {
  asm volatile(
      "push {r4-r11, lr}\n"
      "mov r12, %[arguments]\n"
      "push {r12}\n"
      "sub sp, sp, #24\n"
      "ldr r0, [r12, #40]\n"
      "vldrh.u16 q7, [r0]\n"
      "1:\n"
      "ldr r12, [sp, #24]\n"
      "ldr r0, [r12]\n"
      "ldr r1, [r12, #36]\n"
      "strd r0, r1, [sp]\n"
      "ldrd r9, r3, [r12, #8]\n"
      "ldrd r7, r11, [r12, #16]\n"
      "ldr r5, [r12, #4]\n"
      "strd r7, r9, [sp, #8]\n"
      "strd r5, r11, [sp, #16]\n"
      "2:\n"
      "ldrd r1, r11, [sp]\n"
      "ldr r5, [sp, #16]\n"
      "add r7, r1, r11\n"
      "add r9, r7, r11\n"
      "add r11, r9, r11\n"
      PUDU_FAR_UNIT("")
      ".rept %c[lead] - 1\n"
      PUDU_FAR_UNIT("a")
      ".endr\n"
      "3:\n"
      ".rept %c[loop]\n"
      PUDU_FAR_UNIT("a")
      ".endr\n"
      "subs r5, r5, #1\n"
      "bne 3b\n"
      PUDU_TO_LANES
      "ldrd r7, r9, [sp, #8]\n"
      PUDU_FINISH("24")
      "add r9, r9, #2\n"
      "strd r7, r9, [sp, #8]\n"
      "ldr r11, [sp, #20]\n"
      "subs r11, r11, #1\n"
      "str r11, [sp, #20]\n"
      "bne 2b\n"
      "ldr r12, [sp, #24]\n"
      "ldrd r0, r2, [r12, #28]\n"
      "ldr r1, [r12]\n"
      "ldr r4, [r12, #8]\n"
      "ldr r6, [r12, #24]\n"
      "add r1, r1, r0\n"
      "add r4, r4, r2\n"
      "subs r6, r6, #1\n"
      "str r1, [r12]\n"
      "str r4, [r12, #8]\n"
      "str r6, [r12, #24]\n"
      "bne 1b\n"
      "add sp, sp, #28\n"
      "pop {r4-r11, lr}\n"
      :
      : [arguments] "r"(&arguments), [lead] "i"(Lead), [loop] "i"(long_loop_units), [ties] "i"(has_ties(Last)),
        [clamp] "i"(has_clamp(Last))
      : PUDU_CLOBBERS);
}

// Columns at r1, a plane 160 (stride 1) or 272 bytes.
#define PUDU_COLUMN_1(q, column) "vldrw.32 " q ", [r1, #16 * " column " - 160]\n"
#define PUDU_COLUMN_2(q, column) "vldrw.32 " q ", [r1, #16 * " column " - 272]\n"

#define PUDU_PLANE_1(accumulate)                                                                                     \
  "vldrw.32 q0, [r1], #160\n" PUDU_WEIGHTS("q4") PUDU_COLUMN_1("q1", "1") PUDU_MAC(accumulate, "r0", "q0", "q4")     \
      PUDU_COLUMN_1("q2", "2") PUDU_MAC(accumulate, "r2", "q1", "q4") PUDU_COLUMN_1("q3", "3")                       \
          PUDU_MAC(accumulate, "r4", "q2", "q4") PUDU_WEIGHTS("q5") PUDU_MAC(accumulate, "r6", "q3", "q4")           \
              PUDU_WEIGHTS("q6") PUDU_MAC(accumulate, "r8", "q0", "q5") PUDU_COLUMN_1("q0", "4")                     \
                  PUDU_MAC(accumulate, "r10", "q1", "q5") PUDU_WEIGHTS("q4") PUDU_MAC(accumulate, "r12", "q2", "q5") \
                      PUDU_MAC(accumulate, "lr", "q3", "q5") PUDU_MAC("a", "r0", "q1", "q6") PUDU_WEIGHTS("q5")      \
                          PUDU_MAC("a", "r8", "q1", "q4") PUDU_COLUMN_1("q1", "5") PUDU_MAC("a", "r2", "q2", "q6")   \
                              PUDU_MAC("a", "r4", "q3", "q6") PUDU_MAC("a", "r6", "q0", "q6") PUDU_WEIGHTS("q6")     \
                                  PUDU_MAC("a", "r10", "q2", "q4") PUDU_MAC("a", "r12", "q3", "q4")                  \
                                      PUDU_MAC("a", "lr", "q0", "q4") PUDU_MAC("a", "r0", "q2", "q5")                \
                                          PUDU_MAC("a", "r2", "q3", "q5") PUDU_MAC("a", "r4", "q0", "q5")            \
                                              PUDU_MAC("a", "r6", "q1", "q5") PUDU_MAC("a", "r8", "q2", "q6")        \
                                                  PUDU_MAC("a", "r10", "q3", "q6") PUDU_MAC("a", "r12", "q0", "q6")  \
                                                      PUDU_MAC("a", "lr", "q1", "q6")

// Taps 0, 2, 1.
#define PUDU_PLANE_2(accumulate)                                                                                     \
  "vldrw.32 q0, [r1], #272\n" PUDU_WEIGHTS("q4") PUDU_COLUMN_2("q1", "2") PUDU_MAC(accumulate, "r0", "q0", "q4")     \
      PUDU_COLUMN_2("q2", "4") PUDU_MAC(accumulate, "r2", "q1", "q4") PUDU_COLUMN_2("q3", "6") PUDU_MAC(             \
          accumulate, "r4", "q2", "q4") PUDU_WEIGHTS("q5") PUDU_MAC(accumulate, "r6", "q3", "q4") PUDU_WEIGHTS("q6") \
          PUDU_MAC(accumulate, "r8", "q0", "q5") PUDU_COLUMN_2("q0", "8") PUDU_MAC(accumulate, "r10", "q1", "q5")    \
              PUDU_WEIGHTS("q4") PUDU_MAC(accumulate, "r12", "q2", "q5") PUDU_MAC(accumulate, "lr", "q3", "q5")      \
                  PUDU_MAC("a", "r0", "q1", "q6") PUDU_WEIGHTS("q5") PUDU_MAC("a", "r8", "q1", "q4")                 \
                      PUDU_COLUMN_2("q1", "1") PUDU_MAC("a", "r2", "q2", "q6") PUDU_MAC("a", "r10", "q2", "q4")      \
                          PUDU_COLUMN_2("q2", "3") PUDU_MAC("a", "r4", "q3", "q6") PUDU_MAC("a", "r12", "q3", "q4")  \
                              PUDU_COLUMN_2("q3", "5") PUDU_MAC("a", "r6", "q0", "q6") PUDU_WEIGHTS("q6")            \
                                  PUDU_MAC("a", "lr", "q0", "q4") PUDU_COLUMN_2("q0", "7")                           \
                                      PUDU_MAC("a", "r0", "q1", "q5") PUDU_MAC("a", "r2", "q2", "q5")                \
                                          PUDU_MAC("a", "r4", "q3", "q5") PUDU_MAC("a", "r8", "q1", "q6")            \
                                              PUDU_MAC("a", "r10", "q2", "q6") PUDU_MAC("a", "r12", "q3", "q6")      \
                                                  PUDU_MAC("a", "r6", "q0", "q5") PUDU_MAC("a", "lr", "q0", "q6")

#define PUDU_PLANE(accumulate) \
  ".if %c[stride] == 1\n" PUDU_PLANE_1(accumulate) ".else\n" PUDU_PLANE_2(accumulate) ".endif\n"

// As above; the stack holds x, loops, arguments.
template <int Stride, int Lead, int Looped, Finish Last>
[[gnu::noinline]] void columns_pass(PassArguments& arguments) noexcept {
  asm volatile(
      "push {r4-r11, lr}\n"
      "mov r12, %[arguments]\n"
      "ldr r0, [r12, #40]\n"
      "vldrh.u16 q7, [r0]\n"
      "ldrd r0, r1, [r12]\n"
      "push {r0, r1, r12}\n"
      "1:\n"
      "ldr r12, [sp, #8]\n"
      "ldrd r9, r3, [r12, #8]\n"
      "ldrd r7, r11, [r12, #16]\n"
      "2:\n"
      "ldrd r1, r5, [sp]\n"
      PUDU_PLANE("")
      ".rept %c[lead] - 1\n"
      PUDU_PLANE("a")
      ".endr\n"
      ".if %c[looped]\n"
      "3:\n"
      ".rept %c[loop]\n"
      PUDU_PLANE("a")
      ".endr\n"
      "subs r5, r5, #1\n"
      "bne 3b\n"
      ".endif\n"
      PUDU_TO_LANES
      PUDU_FINISH("8")
      "add r9, r9, #2\n"
      "subs r11, r11, #1\n"
      "bne 2b\n"
      "ldr r12, [sp, #8]\n"
      "ldrd r0, r2, [r12, #28]\n"
      "ldr r1, [sp]\n"
      "ldr r4, [r12, #8]\n"
      "ldr r6, [r12, #24]\n"
      "add r1, r1, r0\n"
      "add r4, r4, r2\n"
      "subs r6, r6, #1\n"
      "str r1, [sp]\n"
      "str r4, [r12, #8]\n"
      "str r6, [r12, #24]\n"
      "bne 1b\n"
      "add sp, sp, #12\n"
      "pop {r4-r11, lr}\n"
      :
      : [arguments] "r"(&arguments), [stride] "i"(Stride), [lead] "i"(Lead), [looped] "i"(Looped),
        [loop] "i"(column_loop_planes), [ties] "i"(has_ties(Last)), [clamp] "i"(has_clamp(Last))
      : PUDU_CLOBBERS);
}

// All that Conv2dMveS8::pass_of can give; the linker keeps those that a model calls.
#define PUDU_WINDOWS_INSTANCE(units, pitch, last) \
  template void windows_pass<units, pitch, Finish::last>(PassArguments&) noexcept;
#define PUDU_WINDOWS_INSTANCES(units, last)        \
  PUDU_WINDOWS_INSTANCE(units, 16 * (units), last) \
  PUDU_WINDOWS_INSTANCE(units, 16 * (units)-8, last)
#define PUDU_ROWS_INSTANCES(last)    \
  PUDU_WINDOWS_INSTANCE(1, 3, last)  \
  PUDU_WINDOWS_INSTANCE(1, 6, last)  \
  PUDU_WINDOWS_INSTANCE(2, 5, last)  \
  PUDU_WINDOWS_INSTANCE(2, 10, last) \
  PUDU_WINDOWS_INSTANCE(2, 9, last)  \
  PUDU_WINDOWS_INSTANCE(2, 18, last) \
  PUDU_WINDOWS_INSTANCE(3, 4, last)  \
  PUDU_WINDOWS_INSTANCE(3, 8, last)
#define PUDU_COLUMNS_INSTANCES(lead, last)                                       \
  template void columns_pass<1, lead, 0, Finish::last>(PassArguments&) noexcept; \
  template void columns_pass<1, lead, 1, Finish::last>(PassArguments&) noexcept; \
  template void columns_pass<2, lead, 0, Finish::last>(PassArguments&) noexcept; \
  template void columns_pass<2, lead, 1, Finish::last>(PassArguments&) noexcept;
#define PUDU_INSTANCES(last)                                                 \
  PUDU_ROWS_INSTANCES(last)                                                  \
  PUDU_WINDOWS_INSTANCES(1, last)                                            \
  PUDU_WINDOWS_INSTANCES(2, last)                                            \
  PUDU_WINDOWS_INSTANCES(3, last)                                            \
  PUDU_WINDOWS_INSTANCES(4, last)                                            \
  PUDU_WINDOWS_INSTANCES(5, last)                                            \
  PUDU_WINDOWS_INSTANCES(6, last)                                            \
  PUDU_WINDOWS_INSTANCES(7, last)                                            \
  PUDU_WINDOWS_INSTANCES(8, last)                                            \
  template void long_windows_pass<1, Finish::last>(PassArguments&) noexcept; \
  template void long_windows_pass<2, Finish::last>(PassArguments&) noexcept; \
  template void long_windows_pass<3, Finish::last>(PassArguments&) noexcept; \
  template void long_windows_pass<4, Finish::last>(PassArguments&) noexcept; \
  PUDU_COLUMNS_INSTANCES(1, last)                                            \
  PUDU_COLUMNS_INSTANCES(2, last)                                            \
  PUDU_COLUMNS_INSTANCES(3, last)

PUDU_INSTANCES(Ties)
PUDU_INSTANCES(NoTies)
PUDU_INSTANCES(Clamp)

}  // namespace pudu::kernels::conv2d_mve

#endif
