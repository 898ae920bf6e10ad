// The inner loops of conv2d_dsp_s8 for the DSP extension: the units of units.hpp and the ends of blocks.
#include "kernels/conv2d_dsp/instances.hpp"
#include "kernels/conv2d_dsp/loops.hpp"
#include "kernels/conv2d_dsp/units.hpp"

#if PUDU_CONV2D_DSP_ASSEMBLY

namespace pudu::kernels::conv2d_dsp {

// Constants b, m, c, e of one channel in r2-r5.
#define PUDU_ROUNDED(sum) \
  "add " sum ", r2, " sum \
  ", lsl #1\n"            \
  "add lr, r4, " sum      \
  ", asr #31\n"           \
  "smmlar " sum ", " sum  \
  ", r3, lr\n"            \
  "asr " sum ", " sum     \
  ", r5\n"                \
  "ssat " sum ", #8, " sum "\n"

#define PUDU_LINE(sum, b, m)   \
  "add " sum ", " b ", " sum   \
  ", lsl #8\n"                 \
  "smmul " sum ", " sum ", " m \
  "\n"                         \
  "ssat " sum ", #8, " sum ", asr #%c[shift]\n"

template <RequantizeForm Form, int Units>
void gemm(const Conv2dDspBlock& block) noexcept {
  constexpr int straight = Units <= unrolled_units ? Units - 1 : Units - unrolled_units - 1;
  constexpr int loops = Units <= unrolled_units ? 0 : loop_units;
  if constexpr (Form == RequantizeForm::General) {
    asm volatile(PUDU_CONV2D_DSP_ENTER PUDU_CONV2D_DSP_SUMS
                 "ldr r1, [sp]\n"
                 "ldr r6, [sp, #20]\n"
                 "ldr r8, [sp, #28]\n"
                 "stm r6!, {r9-r12}\n"
                 "str r6, [sp, #20]\n" PUDU_CONV2D_DSP_LEAVE
                 :
                 : [block] "r"(&block), [straight] "i"(straight), [loops] "i"(loops)
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else if constexpr (Form == RequantizeForm::Rounded) {
    asm volatile(PUDU_CONV2D_DSP_ENTER PUDU_CONV2D_DSP_SUMS
                 "ldm sp, {r1-r8}\n" PUDU_ROUNDED("r9") PUDU_ROUNDED("r11")
                 "strb r9, [r6]\n"
                 "strb r11, [r6, r7]\n"
                 "ldrd r2, r3, [sp, #32]\n"
                 "ldrd r4, r5, [sp, #40]\n" PUDU_ROUNDED("r10") PUDU_ROUNDED("r12")
                 "strb r10, [r6, #1]\n"
                 "add r6, r6, r7\n"
                 "strb r12, [r6, #1]\n"
                 "add r6, r6, r7\n"
                 "str r6, [sp, #20]\n" PUDU_CONV2D_DSP_LEAVE
                 :
                 : [block] "r"(&block), [straight] "i"(straight), [loops] "i"(loops)
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  } else {
    // The second channel's b and m take the places of the first one's c and e, which a line does not have.
    asm volatile(PUDU_CONV2D_DSP_ENTER
                 "mov r4, r9\n"
                 "mov r5, r10\n" PUDU_CONV2D_DSP_SUMS
                 "ldm sp, {r1-r8}\n" PUDU_LINE("r9", "r2", "r3") PUDU_LINE("r10", "r4", "r5")
                     PUDU_LINE("r11", "r2", "r3") PUDU_LINE("r12", "r4", "r5")
                 "strb r9, [r6]\n"
                 "strb r10, [r6, #1]\n"
                 "add r6, r6, r7\n"
                 "strb r11, [r6]\n"
                 "strb r12, [r6, #1]\n"
                 "add r6, r6, r7\n"
                 "str r6, [sp, #20]\n" PUDU_CONV2D_DSP_LEAVE
                 :
                 : [block] "r"(&block), [straight] "i"(straight), [loops] "i"(loops),
                   [shift] "i"(static_cast<int>(Form))
                 : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
  }
}

PUDU_CONV2D_DSP_INSTANCES

}  // namespace pudu::kernels::conv2d_dsp

#endif
