// add_dsp_s8: four elements a turn. With the DSP extension an element takes two SXTB, two MLA, one SSAT with the shift
// and one store: 7 instructions with the loads of whole words. M3 loads bytes, which are widened on the way: 6.5. Cores
// with Thumb-1 alone (M0, M0+, M23) multiply, add and compare with the narrowed sum: 12.3, and 3 more where it
// saturates.
#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "numerics/requantize.hpp"

// Not at -O0, which leaves too few registers to the assembler.
#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__)
#define PUDU_ADD_DSP_ASSEMBLY 1
#else
#define PUDU_ADD_DSP_ASSEMBLY 0
#endif
#if defined(__thumb__) && !defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__)
#define PUDU_ADD_THUMB __ARM_ARCH_ISA_THUMB
#else
#define PUDU_ADD_THUMB 0
#endif

namespace pudu::kernels::add_dsp {
namespace {

/// One element. The sum fits 32 bits, as the compiler has proved; parts of it may wrap.
template <int Shift>
std::int8_t add(const AddDspS8Params& p, std::int32_t x1, std::int32_t x2) noexcept {
  const auto product = [](std::int32_t a, std::int32_t b) {
    return static_cast<std::uint32_t>(a) * static_cast<std::uint32_t>(b);
  };
  const std::uint32_t sum =
      static_cast<std::uint32_t>(p.addend) + product(p.multiplier1, x1) + product(p.multiplier2, x2);
  return static_cast<std::int8_t>(numerics::clamp(static_cast<std::int32_t>(sum) >> Shift, -128, 127));
}

#if PUDU_ADD_DSP_ASSEMBLY
#define PUDU_ADD_ELEMENT(rotation)        \
  "sxtb %[t], %[a]" rotation              \
  "\n"                                    \
  "sxtb %[u], %[b]" rotation              \
  "\n"                                    \
  "mla %[t], %[t], %[m1], %[addend]\n"    \
  "mla %[t], %[u], %[m2], %[t]\n"         \
  "ssat %[t], #8, %[t], asr #%c[shift]\n" \
  "strb %[t], [%[y]], #1\n"

template <int Shift>
void add_fours(const AddDspS8Params& p, std::int32_t fours, const std::int8_t*& x1, const std::int8_t*& x2,
               std::int8_t*& y) noexcept {
  const std::int8_t *from1 = x1, *from2 = x2;
  std::int8_t* to = y;
  for (; fours > 0; --fours) {
    std::int32_t a, b, t, u;
    asm volatile(
        "ldr %[a], [%[x1]], #4\n"
        "ldr %[b], [%[x2]], #4\n" PUDU_ADD_ELEMENT("") PUDU_ADD_ELEMENT(", ror #8") PUDU_ADD_ELEMENT(", ror #16")
            PUDU_ADD_ELEMENT(", ror #24")
        : [x1] "+r"(from1), [x2] "+r"(from2), [y] "+r"(to), [a] "=&r"(a), [b] "=&r"(b), [t] "=&r"(t), [u] "=&r"(u)
        : [m1] "r"(p.multiplier1), [m2] "r"(p.multiplier2), [addend] "r"(p.addend), [shift] "i"(Shift)
        : "memory");
  }
  x1 = from1, x2 = from2, y = to;
}
#undef PUDU_ADD_ELEMENT
#endif

#if PUDU_ADD_THUMB == 2
#define PUDU_ADD_ELEMENT                  \
  "ldrsb %[t], [%[x1]], #1\n"             \
  "ldrsb %[u], [%[x2]], #1\n"             \
  "mla %[t], %[t], %[m1], %[addend]\n"    \
  "mla %[t], %[u], %[m2], %[t]\n"         \
  "ssat %[t], #8, %[t], asr #%c[shift]\n" \
  "strb %[t], [%[y]], #1\n"

template <int Shift>
void add_fours(const AddDspS8Params& p, std::int32_t fours, const std::int8_t*& x1, const std::int8_t*& x2,
               std::int8_t*& y) noexcept {
  const std::int8_t *from1 = x1, *from2 = x2;
  std::int8_t* to = y;
  for (; fours > 0; --fours) {
    std::int32_t t, u;
    asm volatile(PUDU_ADD_ELEMENT PUDU_ADD_ELEMENT PUDU_ADD_ELEMENT PUDU_ADD_ELEMENT
                 : [x1] "+r"(from1), [x2] "+r"(from2), [y] "+r"(to), [t] "=&r"(t), [u] "=&r"(u)
                 : [m1] "r"(p.multiplier1), [m2] "r"(p.multiplier2), [addend] "r"(p.addend), [shift] "i"(Shift)
                 : "memory");
  }
  x1 = from1, x2 = from2, y = to;
}
#endif

#if PUDU_ADD_THUMB == 1
/// Element r3 of inputs r0, r1 and of output r2; multipliers r6, r7; addend r8.
#define PUDU_ADD_ELEMENT      \
  "ldrsb r4, [r0, r3]\n"      \
  "ldrsb r5, [r1, r3]\n"      \
  "muls r4, r6, r4\n"         \
  "muls r5, r7, r5\n"         \
  "adds r4, r4, r5\n"         \
  "add r4, r8\n"              \
  "asrs r4, r4, #%c[shift]\n" \
  "sxtb r5, r4\n"             \
  "cmp r4, r5\n"              \
  "beq 2f\n"                  \
  "asrs r4, r4, #31\n"        \
  "movs r5, #127\n"           \
  "eors r4, r5\n"             \
  "2:\n"                      \
  "strb r4, [r2, r3]\n"       \
  "adds r3, r3, #1\n"

template <int Shift>
void add_fours(const AddDspS8Params& p, std::int32_t fours, const std::int8_t*& x1, const std::int8_t*& x2,
               std::int8_t*& y) noexcept {
  if (fours == 0) return;
  x1 += 4 * fours, x2 += 4 * fours, y += 4 * fours;
  struct {
    const std::int8_t *end1, *end2;
    std::int8_t* end;
    std::int32_t first, multiplier1, multiplier2, addend;
  } const args{x1, x2, y, -4 * fours, p.multiplier1, p.multiplier2, p.addend};
  asm volatile(
      ".syntax unified\n"
      "mov r0, %[args]\n"
      "mov r1, r8\n"
      "push {r1, r4-r7, lr}\n"
      "ldr r1, [r0, #24]\n"
      "mov r8, r1\n"
      "ldr r6, [r0, #16]\n"
      "ldr r7, [r0, #20]\n"
      "ldm r0, {r0-r3}\n"
      "1:\n" PUDU_ADD_ELEMENT PUDU_ADD_ELEMENT PUDU_ADD_ELEMENT PUDU_ADD_ELEMENT
      "bne 1b\n"
      "pop {r1, r4-r7}\n"
      "mov r8, r1\n"
      "pop {r1}\n"
      "mov lr, r1\n"
      :
      : [args] "r"(&args), [shift] "i"(Shift)
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory");
}
#endif

}  // namespace

template <int Shift>
void run(const AddDspS8Params& params, const AddDspS8Operands& operands) noexcept {
  const AddDspS8Params p = params;
  const std::int8_t *x1 = operands.input1, *x2 = operands.input2;
  std::int8_t* y = operands.output;
  std::int8_t* const end = y + p.count;
#if PUDU_ADD_DSP_ASSEMBLY || PUDU_ADD_THUMB
  add_fours<Shift>(p, p.count / 4, x1, x2, y);
#endif
  while (y != end) *y++ = add<Shift>(p, *x1++, *x2++);
}

template void run<22>(const AddDspS8Params&, const AddDspS8Operands&) noexcept;
template void run<20>(const AddDspS8Params&, const AddDspS8Operands&) noexcept;
template void run<18>(const AddDspS8Params&, const AddDspS8Operands&) noexcept;
template void run<16>(const AddDspS8Params&, const AddDspS8Operands&) noexcept;

}  // namespace pudu::kernels::add_dsp
