// Inner products of linear_dsp_s8 for the DSP extension. A unit makes 16 products of four values and four outputs: of
// int8 weights in 18 instructions (each word of weights is parted by two SXTB16), of int16 in 11. All 14 registers are
// taken: r0 x, r1 its end, r2 weights, r3 and lr values, r4-r7 weights, r8-r11 sums, r12 temporary.
#include "kernels/linear_dsp/dots.hpp"
#include "kernels/linear_dsp/instances.hpp"

#if PUDU_LINEAR_DSP_ASSEMBLY

namespace pudu::kernels::linear_dsp {
namespace {

/// What the assembly takes, in the order in which it loads it.
struct Arguments {
  const std::int16_t *x, *x_end;
  const void* weights;
  std::int32_t* sums;
};

#define PUDU_NARROW_ROW(w, sum)  \
  "sxtb16 r12, " w               \
  "\n"                           \
  "sxtb16 " w ", " w             \
  ", ror #8\n"                   \
  "smlad " sum ", r12, r3, " sum \
  "\n"                           \
  "smlad " sum ", " w ", lr, " sum "\n"

#define PUDU_NARROW_UNIT                                                                                    \
  "ldrd r3, lr, [r0], #8\n"                                                                                 \
  "ldm r2!, {r4-r7}\n" PUDU_NARROW_ROW("r4", "r8") PUDU_NARROW_ROW("r5", "r9") PUDU_NARROW_ROW("r6", "r10") \
      PUDU_NARROW_ROW("r7", "r11")

#define PUDU_WIDE_UNIT       \
  "ldrd r3, lr, [r0], #8\n"  \
  "ldm r2!, {r4-r7}\n"       \
  "smlad r8, r4, r3, r8\n"   \
  "smlad r9, r6, r3, r9\n"   \
  "smlad r8, r5, lr, r8\n"   \
  "smlad r9, r7, lr, r9\n"   \
  "ldm r2!, {r4-r7}\n"       \
  "smlad r10, r4, r3, r10\n" \
  "smlad r11, r6, r3, r11\n" \
  "smlad r10, r5, lr, r10\n" \
  "smlad r11, r7, lr, r11\n"

// Sums of four outputs in r8-r11 over x from r0 to r1. Four units a turn; the rest, of units % 4, before the first.
#define PUDU_SUMS(unit)      \
  "mov r8, #0\n"             \
  "mov r9, #0\n"             \
  "mov r10, #0\n"            \
  "mov r11, #0\n"            \
  "sub r12, r1, r0\n"        \
  "ands r12, r12, #31\n"     \
  "beq 2f\n"                 \
  "add r12, r0, r12\n"       \
  "push {r1}\n"              \
  "mov r1, r12\n"            \
  "1:\n" unit                \
  "cmp r0, r1\n"             \
  "bne 1b\n"                 \
  "pop {r1}\n"               \
  "2:\n"                     \
  "cmp r0, r1\n"             \
  "beq 4f\n"                 \
  "3:\n" unit unit unit unit \
  "cmp r0, r1\n"             \
  "bne 3b\n"                 \
  "4:\n"

#define PUDU_DOTS(unit) \
  "push {r4-r11, lr}\n"            \
  "mov r0, %[arguments]\n"         \
  "ldm r0, {r0-r3}\n"              \
  "push {r3}\n" PUDU_SUMS(unit)    \
  "pop {r3}\n"                     \
  "stm r3, {r8-r11}\n"             \
  "pop {r4-r11, lr}\n"

// Groups of four outputs; r12 and the stack's top are their arguments, r3 constants.
#define PUDU_GROUPS(unit, requantize) \
  "push {r4-r11, lr}\n"                    \
  "mov r12, %[groups]\n"                   \
  "push {r12}\n"                           \
  "5:\n"                                   \
  "ldm r12, {r0-r2}\n" PUDU_SUMS(unit)     \
  "ldr r12, [sp]\n"                        \
  "ldr r3, [r12, #12]\n" requantize        \
  "ldrd r4, r5, [r12, #16]\n"              \
  "strb r8, [r4]\n"                        \
  "strb r9, [r4, #1]\n"                    \
  "strb r10, [r4, #2]\n"                   \
  "strb r11, [r4, #3]\n"                   \
  "add r4, r4, #4\n"                       \
  "strd r2, r3, [r12, #8]\n"               \
  "subs r5, r5, #1\n"                      \
  "strd r4, r5, [r12, #16]\n"              \
  "bne 5b\n"                               \
  "pop {r12}\n"                            \
  "pop {r4-r11, lr}\n"

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
  asm volatile(PUDU_DOTS(PUDU_NARROW_UNIT)
               :
               : [arguments] "r"(&arguments)
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

void dots_int16(const std::int16_t* x, const std::int16_t* x_end, const void* weights,
                std::int32_t (&sums)[4]) noexcept {
  const Arguments arguments{x, x_end, weights, sums};
  asm volatile(PUDU_DOTS(PUDU_WIDE_UNIT)
               :
               : [arguments] "r"(&arguments)
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}

#define PUDU_RUN(unit, requantize)                                          \
  asm volatile(PUDU_GROUPS(unit, requantize)                                \
               :                                                            \
               : [groups] "r"(&groups), [shift] "i"(static_cast<int>(Form)) \
               : "r0", "r1", "r2", "r3", "r12", "cc", "memory")

template <int WeightBits, RequantizeForm Form, int Words>
void run_groups(Groups& groups) noexcept {
  if constexpr (WeightBits == 8 && Words == 1) PUDU_RUN(PUDU_NARROW_UNIT, PUDU_UNIFORM);
  if constexpr (WeightBits == 16 && Words == 1) PUDU_RUN(PUDU_WIDE_UNIT, PUDU_UNIFORM);
  if constexpr (WeightBits == 8 && Words == 2) PUDU_RUN(PUDU_NARROW_UNIT, PUDU_LINES);
  if constexpr (WeightBits == 8 && Words == 4) PUDU_RUN(PUDU_NARROW_UNIT, PUDU_MIXED);
  if constexpr (WeightBits == 16 && Words == 2) PUDU_RUN(PUDU_WIDE_UNIT, PUDU_LINES);
  if constexpr (WeightBits == 16 && Words == 4) PUDU_RUN(PUDU_WIDE_UNIT, PUDU_MIXED);
}

PUDU_LINEAR_DSP_INSTANCES

}  // namespace pudu::kernels::linear_dsp

#endif
