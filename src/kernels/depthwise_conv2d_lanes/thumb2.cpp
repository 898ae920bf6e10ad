// The products of depthwise_conv2d_lanes_s8 for M3: three words of weights, six (stride 2: five and four) of the plane
// and four sums are in registers, so a row of taps is 12 MLA and 5 other instructions.
#include "kernels/depthwise_conv2d_lanes/instances.hpp"
#include "kernels/depthwise_conv2d_lanes/loops.hpp"

#if PUDU_DEPTHWISE_LANES_THUMB == 2

namespace pudu::kernels::depthwise_conv2d_lanes {
namespace {

constexpr int count_runs(int mask) noexcept {
  return mask == 0 ? 0 : (mask & 1) + count_runs(mask >> 1);
}

}  // namespace

// One tap of the words in four registers; `pushed` bytes of runs lie above the weights.
#define PUDU_TAP(tap, pushed, x0, x1, x2, x3) \
  "ldr r7, [sp, #4*" tap "+%c[" pushed        \
  "]]\n"                                      \
  ".if (((%c[mask] << 1) | 1) >> " tap        \
  ") & 1\n"                                   \
  "mul r8, " x0                               \
  ", r7\n"                                    \
  "mul r9, " x1                               \
  ", r7\n"                                    \
  "mul r10, " x2                              \
  ", r7\n"                                    \
  "mul r11, " x3                              \
  ", r7\n"                                    \
  ".else\n"                                   \
  "mla r8, " x0                               \
  ", r7, r8\n"                                \
  "mla r9, " x1                               \
  ", r7, r9\n"                                \
  "mla r10, " x2                              \
  ", r7, r10\n"                               \
  "mla r11, " x3                              \
  ", r7, r11\n"                               \
  ".endif\n"                                  \
  ".if (%c[mask] >> " tap                     \
  ") & 1\n"                                   \
  "push {r8-r11}\n"                           \
  ".endif\n"

// At stride 2 the order of columns is 0, 2, 1.
#define PUDU_ROW(tap0, tap1, tap2, pushed0, pushed1, pushed2) \
  ".if %c[stride] == 1\n"                                      \
  "ldm r0, {r1-r6}\n"                                          \
  PUDU_TAP(tap0, pushed0, "r1", "r2", "r3", "r4")              \
  PUDU_TAP(tap1, pushed1, "r2", "r3", "r4", "r5")              \
  PUDU_TAP(tap2, pushed2, "r3", "r4", "r5", "r6")              \
  ".else\n"                                                    \
  "ldm r0, {r1-r5}\n"                                          \
  "add r0, r0, r12\n"                                          \
  PUDU_TAP(tap0, pushed0, "r1", "r2", "r3", "r4")              \
  PUDU_TAP(tap1, pushed1, "r2", "r3", "r4", "r5")              \
  "ldm r0, {r1-r4}\n"                                          \
  PUDU_TAP(tap2, pushed2, "r1", "r2", "r3", "r4")              \
  ".endif\n"
#define PUDU_NEXT_ROW     \
  ".if %c[stride] == 1\n" \
  "add r0, r0, r12\n"     \
  ".else\n"               \
  "add r0, r0, r6\n"      \
  ".endif\n"

#define PUDU_ADD_RUN(run, at)    \
  ".if %c[runs] > " run          \
  "\n"                           \
  "ldr r4, [sp, #16*" run "+" at \
  "]\n"                          \
  "add r1, r1, r4\n"             \
  "add r4, r4, #0x8000\n"        \
  "add r2, r2, r4, asr #16\n"    \
  ".endif\n"

// Both sums of a word whose last run is in `last`.
#define PUDU_SPLIT(last, at) \
  ".if %c[runs] == 0\n"                       \
  "sxth r1, " last "\n"                       \
  "sub r2, " last ", r1\n"                    \
  "asr r2, r2, #16\n"                         \
  ".else\n"                                   \
  "ldr r4, [sp, #" at "]\n"                   \
  "add r1, r4, " last "\n"                    \
  "add r4, r4, #0x8000\n"                     \
  "add " last ", " last ", #0x8000\n"         \
  "asr r4, r4, #16\n"                         \
  "add r2, r4, " last ", asr #16\n"           \
  PUDU_ADD_RUN("1", at) PUDU_ADD_RUN("2", at) PUDU_ADD_RUN("3", at) \
  "sub r1, r1, r2, lsl #16\n"                 \
  ".endif\n"                                  \
  "strd r1, r2, [r3], #8\n"

// r0: the plane; r12: step to the next row (stride 2: to the odd columns, and r6 to the next row); lr: to the next
// block. On the stack: weights [9], sums, their end.
template <int Mask, int Stride>
void sum_products(const Products& products) noexcept {
  const auto before = [](int tap) { return 16 * count_runs(Mask & ((1 << tap) - 1)); };
  constexpr int runs = count_runs(Mask);
  asm volatile(
      ".syntax unified\n"
      "mov r0, %[products]\n"
      "push {r4-r11, lr}\n"
      "sub sp, sp, #44\n"
      "add r1, r0, #12\n"
      "ldm r1, {r2-r12}\n"
      "stm sp, {r2-r12}\n"
      "ldr lr, [r0, #56]\n"
      ".if %c[stride] == 1\n"
      "add lr, lr, #24\n"
      "ldr r12, [r0, #4]\n"
      "add r12, r12, #24\n"
      ".else\n"
      "add lr, lr, #16\n"
      "ldr r12, [r0, #8]\n"
      "add r12, r12, #20\n"
      "ldr r6, [r0, #4]\n"
      "add r6, r6, #16\n"
      ".endif\n"
      "ldr r0, [r0]\n"
      "1:\n" PUDU_ROW("0", "1", "2", "b0", "b1", "b2") PUDU_NEXT_ROW PUDU_ROW("3", "4", "5", "b3", "b4", "b5")
      PUDU_NEXT_ROW PUDU_ROW("6", "7", "8", "b6", "b7", "b8")
      "add r0, r0, lr\n"
      "ldr r3, [sp, #%c[pushed] + 36]\n" PUDU_SPLIT("r8", "0") PUDU_SPLIT("r9", "4") PUDU_SPLIT("r10", "8")
      PUDU_SPLIT("r11", "12")
      ".if %c[pushed] > 0\n"
      "add sp, sp, #%c[pushed]\n"
      ".endif\n"
      "str r3, [sp, #36]\n"
      "ldr r1, [sp, #40]\n"
      "cmp r3, r1\n"
      "bne 1b\n"
      "add sp, sp, #44\n"
      "pop {r4-r11, lr}\n"
      :
      : [products] "r"(&products), [mask] "i"(Mask), [stride] "i"(Stride), [runs] "i"(runs), [pushed] "i"(16 * runs),
        [b0] "i"(0), [b1] "i"(before(1)), [b2] "i"(before(2)), [b3] "i"(before(3)), [b4] "i"(before(4)),
        [b5] "i"(before(5)), [b6] "i"(before(6)), [b7] "i"(before(7)), [b8] "i"(before(8))
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

PUDU_DEPTHWISE_CONV2D_LANES_PRODUCTS

}  // namespace pudu::kernels::depthwise_conv2d_lanes

#endif
