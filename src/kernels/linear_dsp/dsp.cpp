// The loops of linear_dsp_s8 for the DSP extension: the inner products of units.hpp and the ends of groups.
#include "kernels/linear_dsp/dots.hpp"
#include "kernels/linear_dsp/instances.hpp"
#include "kernels/linear_dsp/units.hpp"

#if PUDU_LINEAR_DSP_ASSEMBLY

namespace pudu::kernels::linear_dsp {
namespace {

/// What the assembly takes, in the order in which it loads it.
struct Arguments {
  const std::int16_t *x, *x_end;
  const void* weights;
  std::int32_t* sums;
};

#define PUDU_LINE(sum, b, m)   \
  "add " sum ", " b ", " sum   \
  ", lsl #8\n"                 \
  "smmul " sum ", " sum ", " m \
  "\n"                         \
  "ssat " sum ", #8, " sum ", asr #%c[shift]\n"

#define PUDU_LINES                                 \
  "ldm r3!, {r4-r7}\n" PUDU_LINE("r8", "r4", "r5") \
      PUDU_LINE("r9", "r6", "r7") "ldm r3!, {r4-r7}\n" PUDU_LINE("r10", "r4", "r5") PUDU_LINE("r11", "r6", "r7")

// Without a shift in r7 a line, else Rounded.
#define PUDU_MIXED_ONE(sum) \
  "ldm r3!, {r4-r7}\n"      \
  "cmp r7, #0\n"            \
  "beq 6f\n"                \
  "add " sum ", r4, " sum   \
  ", lsl #1\n"              \
  "add lr, r6, " sum        \
  ", asr #31\n"             \
  "smmlar " sum ", " sum    \
  ", r5, lr\n"              \
  "asr " sum ", " sum       \
  ", r7\n"                  \
  "ssat " sum ", #8, " sum  \
  "\n"                      \
  "b 7f\n"                  \
  "6:\n" PUDU_LINE(sum, "r4", "r5") "7:\n"
// One scale for all: biases in r4-r7, multiplier, addend and shift in r0-r2.
#define PUDU_UNIFORM_ONE(sum, bias) \
  "add " sum ", " bias ", " sum     \
  ", lsl #1\n"                      \
  "add lr, r1, " sum                \
  ", asr #31\n"                     \
  "smmlar " sum ", " sum            \
  ", r0, lr\n"                      \
  "asr " sum ", " sum               \
  ", r2\n"                          \
  "ssat " sum ", #8, " sum "\n"
#define PUDU_UNIFORM                                                                                          \
  "str r2, [r12, #8]\n"                                                                                       \
  "ldm r3!, {r4-r7}\n"                                                                                        \
  "add r0, r12, #24\n"                                                                                        \
  "ldm r0, {r0-r2}\n" PUDU_UNIFORM_ONE("r8", "r4") PUDU_UNIFORM_ONE("r9", "r5") PUDU_UNIFORM_ONE("r10", "r6") \
      PUDU_UNIFORM_ONE("r11", "r7") "ldr r2, [r12, #8]\n"

#define PUDU_MIXED PUDU_MIXED_ONE("r8") PUDU_MIXED_ONE("r9") PUDU_MIXED_ONE("r10") PUDU_MIXED_ONE("r11")

}  // namespace

// Registers that a compiler may keep for itself (r7, r11) are saved here, not named as changed.
void dots_int8(const std::int16_t* x, const std::int16_t* x_end, const void* weights,
               std::int32_t (&sums)[4]) noexcept {
  const Arguments arguments{x, x_end, weights, sums};
  asm volatile(PUDU_LINEAR_DSP_DOTS(PUDU_LINEAR_DSP_NARROW_UNIT)
               :
               : [arguments] "r"(&arguments)
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

void dots_int16(const std::int16_t* x, const std::int16_t* x_end, const void* weights,
                std::int32_t (&sums)[4]) noexcept {
  const Arguments arguments{x, x_end, weights, sums};
  asm volatile(PUDU_LINEAR_DSP_DOTS(PUDU_LINEAR_DSP_WIDE_UNIT)
               :
               : [arguments] "r"(&arguments)
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

#define PUDU_STORE       \
  "strb r8, [r4]\n"      \
  "strb r9, [r4, #1]\n"  \
  "strb r10, [r4, #2]\n" \
  "strb r11, [r4, #3]\n" \
  "add r4, r4, #4\n"
#define PUDU_RUN(unit, requantize)                                          \
  asm volatile(PUDU_LINEAR_DSP_GROUPS(unit, requantize, PUDU_STORE)         \
               :                                                            \
               : [groups] "r"(&groups), [shift] "i"(static_cast<int>(Form)) \
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory")

template <int WeightBits, RequantizeForm Form, int Words>
void run_groups(Groups& groups) noexcept {
  if constexpr (WeightBits == 8 && Words == 1) PUDU_RUN(PUDU_LINEAR_DSP_NARROW_UNIT, PUDU_UNIFORM);
  if constexpr (WeightBits == 16 && Words == 1) PUDU_RUN(PUDU_LINEAR_DSP_WIDE_UNIT, PUDU_UNIFORM);
  if constexpr (WeightBits == 8 && Words == 2) PUDU_RUN(PUDU_LINEAR_DSP_NARROW_UNIT, PUDU_LINES);
  if constexpr (WeightBits == 8 && Words == 4) PUDU_RUN(PUDU_LINEAR_DSP_NARROW_UNIT, PUDU_MIXED);
  if constexpr (WeightBits == 16 && Words == 2) PUDU_RUN(PUDU_LINEAR_DSP_WIDE_UNIT, PUDU_LINES);
  if constexpr (WeightBits == 16 && Words == 4) PUDU_RUN(PUDU_LINEAR_DSP_WIDE_UNIT, PUDU_MIXED);
}

PUDU_LINEAR_DSP_INSTANCES

}  // namespace pudu::kernels::linear_dsp

#endif
