// The portable inner loop of conv2d_winograd_rows_dsp_s8, which the host runs: plain sums over the same transformed
// values and weights.
#include "kernels/conv2d_winograd_rows_dsp/instances.hpp"
#include "kernels/conv2d_winograd_rows_dsp/transforms.hpp"

#if !PUDU_WINOGRAD_ROWS_ASSEMBLY

namespace pudu::kernels::conv2d_winograd_rows_dsp {
namespace {

/// [4 channels, 6 positions] sums; they may wrap on the way.
using Sums = std::uint32_t[4][6];

void multiply_tile(const Blocks& blocks, Sums& sums) noexcept {
  const std::int32_t quads = 6 * blocks.six_quads;
  for (std::int32_t position = 0; position < 6; ++position) {
    const std::int16_t* w = blocks.weights + position * quads * 16;
    const std::int16_t* x = blocks.x + 4 * position;
    for (std::int32_t quad = 0; quad < quads; ++quad, x += 24, w += 16) {
      for (std::int32_t i = 0; i < 16; ++i) sums[i / 4][position] += static_cast<std::uint32_t>(x[i % 4] * w[i]);
    }
  }
}

/// Six sums to four outputs, times 24; then the division.
void transform_outputs(const std::uint32_t (&m)[6], std::int32_t (&outputs)[4]) noexcept {
  const std::uint32_t a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];
  const std::uint32_t times24[4] = {m[0] + a + c, b + 2 * d, a + 4 * c, b + 8 * d + m[5]};
  for (std::int32_t i = 0; i < 4; ++i) outputs[i] = static_cast<std::int32_t>(times24[i] * third) >> 3;
}

void multiply_blocks(RequantizeForm form, Blocks& blocks) noexcept {
  for (; blocks.count > 0; --blocks.count) {
    Sums sums{};
    multiply_tile(blocks, sums);
    for (std::int32_t channel = 0; channel < 4; ++channel) {
      std::int32_t outputs[4];
      transform_outputs(sums[channel], outputs);
      if (form == RequantizeForm::General) {
        std::memcpy(blocks.output + 16 * channel, outputs, sizeof outputs);
        continue;
      }
      for (std::int32_t i = 0; i < 4; ++i) {
        blocks.output[i * blocks.position_bytes + channel] =
            apply_form(form, blocks.constants[channel], {}, outputs[i]);
      }
    }
    blocks.weights += 6 * 6 * blocks.six_quads * 16;
    blocks.constants += 4;
    blocks.output += 4;
  }
}

}  // namespace

template <RequantizeForm Form>
void multiply(Blocks& blocks) noexcept {
  multiply_blocks(Form, blocks);
}

PUDU_WINOGRAD_ROWS_INSTANCES

}  // namespace pudu::kernels::conv2d_winograd_rows_dsp

#endif
