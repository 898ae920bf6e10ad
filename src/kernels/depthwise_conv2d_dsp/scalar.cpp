// The portable slides of depthwise_conv2d_dsp_s8, which the host runs, over the same values and words of weights.
#include "kernels/depthwise_conv2d_dsp/columns.hpp"
#include "kernels/depthwise_conv2d_dsp/instances.hpp"

#if !PUDU_DEPTHWISE_DSP_ASSEMBLY

namespace pudu::kernels::depthwise_conv2d_dsp {
namespace {

constexpr std::int32_t low(std::int32_t word) noexcept {
  return static_cast<std::int16_t>(static_cast<std::uint32_t>(word) & 0xFFFFU);
}
constexpr std::int32_t high(std::int32_t word) noexcept {
  return word >> 16;
}
constexpr std::int32_t dual(std::int32_t a, std::int32_t b) noexcept {
  return low(a) * low(b) + high(a) * high(b);
}

/// Column [4 channels, 2 words]; weights (0, 1), (1, 2) of each step.
void slide_stride1(RequantizeForm form, const SlideGroup& group) noexcept {
  for (std::int32_t channel = 0; channel < 4; ++channel) {
    const ChannelConstants& constants = group.constants[channel];
    std::int8_t* output = group.output + channel;
    for (std::int32_t i = 0; i < group.positions; ++i, output += group.position_step) {
      std::int32_t sums[2] = {};
      for (std::int32_t step = 0; step < 3; ++step) {
        const std::int32_t* rows = group.columns + 8 * (i + step) + 2 * channel;
        const std::int32_t* w = group.weights + channel * weight_words + 2 * step;
        sums[0] += dual(w[0], rows[0]) + high(w[1]) * low(rows[1]);
        sums[1] += low(w[0]) * high(rows[0]) + dual(w[1], rows[1]);
      }
      output[group.row_step] = apply_form(form, constants, {}, sums[1]);
      output[0] = apply_form(form, constants, {}, sums[0]);
    }
  }
}

/// One row; weights (0, 1) of the three steps, row 2 of the first two, of the third.
void slide_one_row(RequantizeForm form, const SlideGroup& group) noexcept {
  for (std::int32_t channel = 0; channel < 4; ++channel) {
    const ChannelConstants& constants = group.constants[channel];
    const std::int32_t* w = group.weights + channel * weight_words;
    std::int8_t* output = group.output + channel;
    for (std::int32_t i = 0; i < group.positions; ++i, output += group.position_step) {
      const std::int32_t* c = group.columns + 8 * i + 2 * channel;
      const std::int32_t sum = dual(w[0], c[0]) + dual(w[1], c[8]) + dual(w[2], c[16]) + low(w[3]) * low(c[1]) +
                               high(w[3]) * low(c[9]) + low(w[4]) * low(c[17]);
      *output = apply_form(form, constants, {}, sum);
    }
  }
}

/// Pair of columns [3 words, 4 channels]; weights (0, 1) of the three steps, row 2 of the first two, of the third.
void slide_stride2(RequantizeForm form, const SlideGroup& group) noexcept {
  for (std::int32_t channel = 0; channel < 4; ++channel) {
    const ChannelConstants& constants = group.constants[channel];
    const std::int32_t* w = group.weights + channel * weight_words;
    std::int8_t* output = group.output + channel;
    for (std::int32_t i = 0; i < group.positions; ++i, output += group.position_step) {
      const std::int32_t* here = group.columns + 12 * i + channel;
      const std::int32_t* next = here + 12;
      const std::int32_t sum = dual(w[0], here[0]) + dual(w[1], here[4]) + dual(w[3], here[8]) + dual(w[2], next[0]) +
                               low(w[4]) * low(next[8]);
      *output = apply_form(form, constants, {}, sum);
    }
  }
}

}  // namespace

template <RequantizeForm Form, int Kind>
void slide(const SlideGroup& group) noexcept {
  if constexpr (Kind == two_rows) {
    slide_stride1(Form, group);
  } else if constexpr (Kind == one_row) {
    slide_one_row(Form, group);
  } else {
    slide_stride2(Form, group);
  }
}

PUDU_DEPTHWISE_CONV2D_DSP_INSTANCES

}  // namespace pudu::kernels::depthwise_conv2d_dsp

#endif
