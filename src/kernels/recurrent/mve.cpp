// recurrent_s8 for MVE: eight products of 16 bits at a time, as many rows as there are gates.
#if defined(__ARM_FEATURE_MVE)

#include <arm_mve.h>

#include <utility>

#include "kernels/recurrent/sequence.hpp"

namespace pudu::kernels {
namespace {

int16x8_t load(const std::int8_t* from, mve_pred16_t lanes) noexcept {
  return vldrbq_z_s16(from, lanes);
}
int16x8_t load(const std::int16_t* from, mve_pred16_t lanes) noexcept {
  return vldrhq_z_s16(from, lanes);
}

// A tail-predicated loop over four rows, as those of kernels/mve.hpp: lanes beyond the end are loaded as 0, and the
// weights decide the product. `LOAD` brings eight values into q0. Loads that widen want one of the low registers.
#define PUDU_FOUR_ROWS(LOAD)     \
  "dlstp.16 lr, %[length]\n"     \
  "1:\n" LOAD                    \
  "vldrb.s16 q1, [%[w0]], #8\n"  \
  "vldrb.s16 q2, [%[w1]], #8\n"  \
  "vmladava.s16 %[a0], q0, q1\n" \
  "vldrb.s16 q3, [%[w2]], #8\n"  \
  "vmladava.s16 %[a1], q0, q2\n" \
  "vldrb.s16 q1, [%[w3]], #8\n"  \
  "vmladava.s16 %[a2], q0, q3\n" \
  "vmladava.s16 %[a3], q0, q1\n" \
  "letp lr, 1b\n"

/// Rows of `sums`; length is at least 1.
void accumulate_four(const std::int8_t* x, std::int32_t offset, const std::int8_t* w0, std::int32_t stride,
                     std::int32_t length, std::uint32_t (&sums)[4]) noexcept {
  const std::int8_t *w1 = w0 + stride, *w2 = w1 + stride, *w3 = w2 + stride;
  std::uint32_t a0 = sums[0], a1 = sums[1], a2 = sums[2], a3 = sums[3];
  const int16x8_t offsets = vdupq_n_s16(static_cast<std::int16_t>(offset));
  asm volatile(PUDU_FOUR_ROWS("vldrb.s16 q0, [%[x]], #8\n"
                              "vadd.i16 q0, q0, %q[offsets]\n")
               : [x] "+l"(x), [w0] "+l"(w0), [w1] "+l"(w1), [w2] "+l"(w2), [w3] "+l"(w3), [a0] "+Te"(a0),
                 [a1] "+Te"(a1), [a2] "+Te"(a2), [a3] "+Te"(a3)
               : [length] "r"(length), [offsets] "w"(offsets)
               : "lr", "q0", "q1", "q2", "q3", "memory");
  sums[0] = a0, sums[1] = a1, sums[2] = a2, sums[3] = a3;
}

void accumulate_four(const std::int16_t* x, std::int32_t, const std::int8_t* w0, std::int32_t stride,
                     std::int32_t length, std::uint32_t (&sums)[4]) noexcept {
  const std::int8_t *w1 = w0 + stride, *w2 = w1 + stride, *w3 = w2 + stride;
  std::uint32_t a0 = sums[0], a1 = sums[1], a2 = sums[2], a3 = sums[3];
  asm volatile(PUDU_FOUR_ROWS("vldrh.u16 q0, [%[x]], #16\n")
               : [x] "+r"(x), [w0] "+l"(w0), [w1] "+l"(w1), [w2] "+l"(w2), [w3] "+l"(w3), [a0] "+Te"(a0),
                 [a1] "+Te"(a1), [a2] "+Te"(a2), [a3] "+Te"(a3)
               : [length] "r"(length)
               : "lr", "q0", "q1", "q2", "q3", "memory");
  sums[0] = a0, sums[1] = a1, sums[2] = a2, sums[3] = a3;
}
#undef PUDU_FOUR_ROWS

/// Unrolled by hand, so that the sums stay in registers.
template <class X, std::size_t... N>
void accumulate_rows(const X* x, std::int32_t offset, const std::int8_t* rows, std::int32_t stride, std::int32_t length,
                     std::uint32_t* sums, std::index_sequence<N...>) noexcept {
  std::int32_t local[] = {static_cast<std::int32_t>(sums[N])...};
  const std::int8_t* row[] = {rows + static_cast<std::int32_t>(N) * stride...};
  const auto halfword = static_cast<std::int16_t>(offset);
  for (; length > 0; length -= 8, x += 8) {
    // Weights beyond the row are 0, whatever the offset makes of the values beside them.
    const mve_pred16_t lanes = vctp16q(static_cast<std::uint32_t>(length));
    const int16x8_t values = vaddq_n_s16(load(x, lanes), halfword);
    ((local[N] = vmladavaq_s16(local[N], values, load(row[N], lanes)), row[N] += 8), ...);
  }
  ((sums[N] = static_cast<std::uint32_t>(local[N])), ...);
}

struct Products {
  template <int G, class X>
  static void accumulate(const X* x, std::int32_t offset, const std::int8_t* rows, std::int32_t stride,
                         std::int32_t length, std::uint32_t (&sums)[G]) noexcept {
    if constexpr (G == 4) {
      accumulate_four(x, offset, rows, stride, length, sums);
    } else {
      accumulate_rows(x, offset, rows, stride, length, sums, std::make_index_sequence<G>{});
    }
  }
};

}  // namespace

void RecurrentS8::run(const Params& params, const Operands& operands) noexcept {
  recurrent::run_batch<Products>(params, operands);
}

}  // namespace pudu::kernels

#endif
