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
    accumulate_rows(x, offset, rows, stride, length, sums, std::make_index_sequence<G>{});
  }
};

}  // namespace

void RecurrentS8::run(const Params& params, const Operands& operands) noexcept {
  recurrent::run_batch<Products>(params, operands);
}

}  // namespace pudu::kernels

#endif
