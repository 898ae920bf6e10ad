// add_dsp_s8: four elements a turn. With the DSP extension an element takes two SXTB, two MLA, one SSAT with the shift
// and one store: 7 instructions with the loads of whole words.
#include "kernels/add_dsp/add_dsp_s8.hpp"
#include "numerics/requantize.hpp"

// Not at -O0, which leaves too few registers to the assembler.
#if defined(__ARM_FEATURE_DSP) && !defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__)
#define PUDU_ADD_DSP_ASSEMBLY 1
#else
#define PUDU_ADD_DSP_ASSEMBLY 0
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
#endif

}  // namespace

template <int Shift>
void run(const AddDspS8Params& params, const AddDspS8Operands& operands) noexcept {
  const AddDspS8Params p = params;
  const std::int8_t *x1 = operands.input1, *x2 = operands.input2;
  std::int8_t* y = operands.output;
  std::int8_t* const end = y + p.count;
#if PUDU_ADD_DSP_ASSEMBLY
  add_fours<Shift>(p, p.count / 4, x1, x2, y);
#endif
  while (y != end) *y++ = add<Shift>(p, *x1++, *x2++);
}

template void run<22>(const AddDspS8Params&, const AddDspS8Operands&) noexcept;
template void run<20>(const AddDspS8Params&, const AddDspS8Operands&) noexcept;
template void run<18>(const AddDspS8Params&, const AddDspS8Operands&) noexcept;
template void run<16>(const AddDspS8Params&, const AddDspS8Operands&) noexcept;

}  // namespace pudu::kernels::add_dsp
