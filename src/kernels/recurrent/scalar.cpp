// Portable recurrent_s8.
#if !defined(__ARM_FEATURE_MVE)

#include "kernels/dot_product.hpp"
#include "kernels/recurrent/sequence.hpp"

namespace pudu::kernels {
namespace {

struct Products {
  template <int G, class X>
  static void accumulate(const X* x, std::int32_t offset, const std::int8_t* rows, std::int32_t stride,
                         std::int32_t length, std::uint32_t (&sums)[G]) noexcept {
    std::int32_t done = 0;
#if PUDU_USES_SMLAD
    if constexpr (G == 4) {
      done = length & ~3;
      if (done > 0) accumulate_four_rows(x, offset, rows, stride, done, sums);
    }
#endif
    accumulate_dots(x + done, offset, rows + done, stride, length - done, sums, std::make_index_sequence<G>{});
  }
};

}  // namespace

void RecurrentS8::run(const Params& params, const Operands& operands) noexcept {
  recurrent::run_batch<Products>(params, operands);
}

}  // namespace pudu::kernels

#endif
