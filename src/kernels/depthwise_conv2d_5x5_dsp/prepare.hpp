// Runs in the compiler and in tests: operands of depthwise_conv2d_5x5_dsp_s8.
#pragma once

#include <cstdint>

#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/prepare.hpp"
#include "kernels/requantize_fit.hpp"

namespace pudu::kernels::depthwise_conv2d_5x5_dsp {

using depthwise_conv2d_dsp::Layer;

/// Channel `i` of the groups laid end to end; the last group is the last four channels.
constexpr std::int32_t channel_of(const DepthwiseConv2d5x5DspS8Params& params, std::int32_t i) noexcept {
  const std::int32_t group = i / 4;
  return (4 * group + 4 <= params.channels ? 4 * group : params.channels - 4) + i % 4;
}

/// `weights` as depthwise_conv2d_s8 has them, [5, 5, channels]; `packed` holds 100 bytes a group.
inline void pack_weights(const DepthwiseConv2d5x5DspS8Params& params, const std::int8_t* weights,
                         std::int8_t* packed) noexcept {
  for (std::int32_t i = 0; i < 4 * DepthwiseConv2d5x5DspS8::groups(params); ++i) {
    for (std::int32_t column = 0; column < 5; ++column) {
      for (std::int32_t row = 0; row < 5; ++row) {
        *packed++ = weights[(5 * row + column) * params.channels + channel_of(params, i)];
      }
    }
  }
}

/// Constants of all channels in the form of `params`, [groups, 4], and params.rounded_groups. A group that has no line
/// is Rounded. False when a group has neither.
inline bool fit_constants(const Layer& layer, DepthwiseConv2d5x5DspS8Params& params,
                          ChannelConstants* constants) noexcept {
  const auto form = static_cast<RequantizeForm>(params.form);
  params.rounded_groups = 0;
  for (std::int32_t group = 0; group < DepthwiseConv2d5x5DspS8::groups(params); ++group, constants += 4) {
    const auto fit_group = [&](RequantizeForm wanted) {
      for (std::int32_t i = 0; i < 4; ++i) {
        const std::int32_t c = channel_of(params, 4 * group + i);
        ChannelRequantization channel{};
        channel.multiplier = layer.multipliers[c], channel.shift = layer.shifts[c];
        channel.output_offset = layer.output_offset;
        channel.activation_min = layer.activation_min, channel.activation_max = layer.activation_max;
        const bool fits = fold_input_offset(layer.weights + c, 25, params.channels, -params.pad_value,
                                            layer.bias != nullptr ? layer.bias[c] : 0, channel);
        if (!fits || !fit_form(channel, wanted, constants[i])) return false;
      }
      return true;
    };
    if (fit_group(form)) continue;
    if (form == RequantizeForm::Rounded || !fit_group(RequantizeForm::Rounded)) return false;
    ++params.rounded_groups;
  }
  return true;
}

}  // namespace pudu::kernels::depthwise_conv2d_5x5_dsp
