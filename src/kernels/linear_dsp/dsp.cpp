// Inner products of linear_dsp_s8 for the DSP extension. A unit makes 16 products of four values and four outputs: of
// int8 weights in 18 instructions (each word of weights is parted by two SXTB16), of int16 in 11. All 14 registers are
// taken: r0 x, r1 its end, r2 weights, r3 and lr values, r4-r7 weights, r8-r11 sums, r12 temporary.
#include "kernels/linear_dsp/dots.hpp"

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

// Four units a turn; the rest, of r12 = units % 4, before the first.
#define PUDU_DOTS(unit)      \
  "push {r4-r11, lr}\n"      \
  "mov r0, %[arguments]\n"   \
  "ldm r0, {r0-r3}\n"        \
  "push {r3}\n"              \
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
  "4:\n"                     \
  "pop {r3}\n"               \
  "stm r3, {r8-r11}\n"       \
  "pop {r4-r11, lr}\n"

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

}  // namespace pudu::kernels::linear_dsp

#endif
