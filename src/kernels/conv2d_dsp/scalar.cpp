// The portable inner loop of conv2d_dsp_s8, which the host runs: plain sums over the same strips, pairs and constants.
#include "kernels/conv2d_dsp/instances.hpp"
#include "kernels/conv2d_dsp/loops.hpp"

#if !PUDU_CONV2D_DSP_ASSEMBLY

namespace pudu::kernels::conv2d_dsp {
namespace {

/// Sums of both positions and channels over the units of x and w.
void multiply(const std::int16_t* x, const std::int16_t* w, const std::int16_t* w_end, std::uint32_t (&sums)[4]) {
  for (; w != w_end; w += 8, x += 8) {
    for (int k = 0; k < 4; ++k) {
      sums[0] += static_cast<std::uint32_t>(x[k] * w[k]);
      sums[1] += static_cast<std::uint32_t>(x[k] * w[4 + k]);
      sums[2] += static_cast<std::uint32_t>(x[4 + k] * w[k]);
      sums[3] += static_cast<std::uint32_t>(x[4 + k] * w[4 + k]);
    }
  }
}

void multiply_block(RequantizeForm form, const Conv2dDspBlock& block) {
  const std::int32_t pair_values = static_cast<std::int32_t>(block.weights_end - block.weights);
  std::int8_t* output = block.output;
  for (const std::int16_t* x = block.x; x != block.end; x += pair_values) {
    std::uint32_t sums[4] = {};
    multiply(x, block.weights, block.weights_end, sums);
    if (form == RequantizeForm::General) {
      std::memcpy(output, sums, sizeof sums);
      output += sizeof sums;
      continue;
    }
    for (int position = 0; position < 2; ++position) {
      output[0] = apply_form(form, block.first, {}, static_cast<std::int32_t>(sums[2 * position]));
      output[1] = apply_form(form, block.second, {}, static_cast<std::int32_t>(sums[2 * position + 1]));
      output += block.stride;
    }
  }
}

}  // namespace

template <RequantizeForm Form, int Units>
void gemm(const Conv2dDspBlock& block) noexcept {
  multiply_block(Form, block);
}

PUDU_CONV2D_DSP_INSTANCES

}  // namespace pudu::kernels::conv2d_dsp

#endif
