// Runs in the compiler and in tests: constants of depthwise_conv2d_dsp_s16, depthwise_conv2d_dsp_s16_s8 and
// depthwise_conv2d_dsp_s8_s16; their weights are packed as those of depthwise_conv2d_dsp_s8. Kernel is one of them.
#pragma once

#include <cstdint>

#include "kernels/depthwise_conv2d_dsp/prepare.hpp"
#include "kernels/wide_depthwise_conv2d_dsp.hpp"
#include "kernels/wide_fit.hpp"

namespace pudu::kernels::wide_depthwise_conv2d_dsp {

/// Operands of depthwise_conv2d_s16 that are constant.
struct Layer {
  const std::int8_t* weights;
  const std::int32_t* bias;  ///< null for zeros
  const std::int32_t* multipliers;
  const std::int32_t* shifts;
};

/// Constants of all channels, [groups, 4], and params.form. False when a channel has none.
template <class Kernel>
bool fit_constants(const Layer& layer, const WideRange& range, typename Kernel::Params& params,
                   WideConstants* constants) noexcept {
  const DepthwiseConv2dDspS8Params p = Kernel::windows(params);
  WideForm form{};
  if (!find_wide_form<typename Kernel::Output>(range, form)) return false;
  params.form = static_cast<std::int32_t>(form);
  for (std::int32_t i = 0; i < 4 * DepthwiseConv2dDspS8::groups(p); ++i) {
    const std::int32_t c = depthwise_conv2d_dsp::channel_of(p, i);
    const WideChannel channel{layer.weights + c,    9,
                              p.channels,           layer.bias != nullptr ? layer.bias[c] : 0,
                              layer.multipliers[c], layer.shifts[c]};
    if (!fit_wide<typename Kernel::Input, typename Kernel::Output>(channel, range, constants[i])) return false;
  }
  return true;
}

}  // namespace pudu::kernels::wide_depthwise_conv2d_dsp
