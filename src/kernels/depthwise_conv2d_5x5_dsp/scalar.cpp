// The portable inner loop of depthwise_conv2d_5x5_dsp_s8, which the host runs, over the same values and words of
// weights.
#include "kernels/depthwise_conv2d_5x5_dsp/columns.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/instances.hpp"

#if !PUDU_DEPTHWISE_5X5_ASSEMBLY

namespace pudu::kernels::depthwise_conv2d_5x5_dsp {
namespace {

constexpr std::int32_t low(std::int32_t word) noexcept {
  return static_cast<std::int16_t>(static_cast<std::uint32_t>(word) & 0xFFFFU);
}
constexpr std::int32_t dual(std::int32_t a, std::int32_t b) noexcept {
  return low(a) * low(b) + (a >> 16) * (b >> 16);
}

void make_outputs(RequantizeForm form, std::int32_t stride, const Row& row) noexcept {
  const std::int32_t column_words = 4 * pairs_of(stride);
  for (std::int32_t position = 0; position < row.positions; ++position) {
    std::int32_t sum = 0;
    for (std::int32_t pair = 0; pair < 3; ++pair) {
      for (std::int32_t i = 0; i < 5; ++i) {
        const std::int32_t column = position * stride + column_order[stride - 1][i];
        sum += dual(row.weights[5 * pair + i], row.columns[column * column_words + 4 * pair]);
      }
    }
    row.output[position * row.position_step] = apply_form(form, row.constants, {}, sum);
  }
}

}  // namespace

template <RequantizeForm Form, int Stride>
void make_row(const Row& row) noexcept {
  make_outputs(Form, Stride, row);
}

PUDU_DEPTHWISE_5X5_INSTANCES

}  // namespace pudu::kernels::depthwise_conv2d_5x5_dsp

#endif
