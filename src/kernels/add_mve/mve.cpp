// add_mve_s8 for MVE: sixteen elements in 26 instructions. Four of them are two loads that widen, VMLAS (x1 times a
// vector, plus the addend) and VMLA; two of such fours are narrowed into one vector by 16 bits and by what is left of
// the shift, and scattered, because their elements alternate. GCC 12 keeps neither the loop nor the constants in
// registers, so it is assembly, with scalar.cpp as twin.
#if defined(__ARM_FEATURE_MVE)

#include "kernels/add_mve/add_mve_s8.hpp"

namespace pudu::kernels::add_mve {
namespace {

struct Arguments {
  const std::int8_t *x1, *x2;
  std::int8_t* y;
  std::int32_t sixteens, rest;
  std::int32_t addend, multiplier1, multiplier2;
};

constexpr std::uint16_t offsets[16] = {0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15};

#define PUDU_FOUR(x1, x2) \
  "vldrb.s32 " x1         \
  ", [r0], #4\n"          \
  "vldrb.s32 " x2         \
  ", [r1], #4\n"          \
  "vmlas.s32 " x1         \
  ", q7, r5\n"            \
  "vmla.s32 " x1 ", " x2 ", r7\n"

// 16-bit halves to bytes: VQSHRNB.S16 q, q, #left, or VQMOVNB, when shifts of 16 have nothing left. By its number, for
// registers q0 and q2, because GNU as 2.40 assembles VQSHRNB as VQRSHRNB, which rounds.
#define PUDU_NARROW(q, number)  \
  ".if %c[left]\n"              \
  ".inst.w " number             \
  " + ((8 - %c[left]) << 16)\n" \
  ".else\n"                     \
  "vqmovnb.s16 " q ", " q       \
  "\n"                          \
  ".endif\n"
#define PUDU_NARROW_Q0 PUDU_NARROW("q0", "0xee880f40")
#define PUDU_NARROW_Q2 PUDU_NARROW("q2", "0xee884f44")

}  // namespace

template <int Shift>
void run(const AddMveS8Params& p, const AddMveS8Operands& operands) noexcept {
  const Arguments arguments{operands.input1, operands.input2, operands.output, p.count / 16,
                            p.count % 16,    p.addend,        p.multiplier1,   p.multiplier2};
  asm volatile(
      "push {r4-r7, lr}\n"
      "mov r12, %[arguments]\n"
      "mov r3, %[offsets]\n"
      "vldrh.u16 q5, [r3]\n"
      "vldrh.u16 q6, [r3, #16]\n"
      "ldm r12, {r0, r1, r2, r3, r4, r5, r6, r7}\n"
      "vdup.32 q7, r6\n"
      "wls lr, r3, 2f\n"
      "1:\n"
      PUDU_FOUR("q0", "q2")
      PUDU_FOUR("q1", "q3")
      "vshrnb.i32 q0, q0, #16\n"
      "vshrnt.i32 q0, q1, #16\n"
      PUDU_FOUR("q2", "q4")
      PUDU_FOUR("q3", "q4")
      "vshrnb.i32 q2, q2, #16\n"
      "vshrnt.i32 q2, q3, #16\n"
      PUDU_NARROW_Q0
      PUDU_NARROW_Q2
      "vstrb.16 q0, [r2, q5]\n"
      "vstrb.16 q2, [r2, q6]\n"
      "add r2, r2, #16\n"
      "le lr, 1b\n"
      "2:\n"
      "wlstp.32 lr, r4, 4f\n"
      "3:\n"
      PUDU_FOUR("q0", "q2")
      "vshrnb.i32 q0, q0, #16\n"
      PUDU_NARROW_Q0
      "vstrb.32 q0, [r2], #4\n"
      "letp lr, 3b\n"
      "4:\n"
      "pop {r4-r7, lr}\n"
      :
      : [arguments] "r"(&arguments), [offsets] "r"(offsets), [left] "i"(Shift - 16)
      : "r0", "r1", "r2", "r3", "r12", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "cc", "memory");
}

template void run<22>(const AddMveS8Params&, const AddMveS8Operands&) noexcept;
template void run<20>(const AddMveS8Params&, const AddMveS8Operands&) noexcept;
template void run<18>(const AddMveS8Params&, const AddMveS8Operands&) noexcept;
template void run<16>(const AddMveS8Params&, const AddMveS8Operands&) noexcept;

}  // namespace pudu::kernels::add_mve

#endif
