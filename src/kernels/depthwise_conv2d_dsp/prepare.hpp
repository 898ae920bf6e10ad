// Runs in the compiler and in tests: operands of depthwise_conv2d_dsp_s8.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/depthwise_conv2d_dsp/columns.hpp"
#include "kernels/requantize_fit.hpp"

namespace pudu::kernels::depthwise_conv2d_dsp {

/// Channel `i` of the groups laid end to end; the last group is the last four channels.
constexpr std::int32_t channel_of(const DepthwiseConv2dDspS8Params& params, std::int32_t i) noexcept {
  const std::int32_t group = i / 4;
  return (4 * group + 4 <= params.channels ? 4 * group : params.channels - 4) + i % 4;
}

constexpr std::size_t packed_weight_bytes(const DepthwiseConv2dDspS8Params& params) noexcept {
  const std::size_t channels = 4 * static_cast<std::size_t>(DepthwiseConv2dDspS8::groups(params));
  return channels * (params.weight_bits == 16 ? weight_words * sizeof(std::int32_t) : 9);
}

/// `weights` as depthwise_conv2d_s8 has them, [3, 3, channels]; `packed` holds packed_weight_bytes(params).
inline void pack_weights(const DepthwiseConv2dDspS8Params& params, const std::int8_t* weights,
                         std::int8_t* packed) noexcept {
  for (std::int32_t i = 0; i < 4 * DepthwiseConv2dDspS8::groups(params); ++i) {
    std::int8_t nine[9];
    for (std::int32_t step = 0; step < 3; ++step) {
      for (std::int32_t across = 0; across < 3; ++across) {
        const std::int32_t tap = params.slide_down != 0 ? 3 * step + across : 3 * across + step;
        nine[3 * step + across] = weights[tap * params.channels + channel_of(params, i)];
      }
    }
    if (params.weight_bits == 8) {
      std::memcpy(packed, nine, sizeof nine);
      packed += sizeof nine;
    } else {
      std::int32_t words[weight_words];
      slide_weights(nine, params.stride_h == 1 ? two_rows : stride_2, words);
      std::memcpy(packed, words, sizeof words);
      packed += sizeof words;
    }
  }
}

/// Operands of depthwise_conv2d_s8 that are constant, and what its parameters say of the output.
struct Layer {
  const std::int8_t* weights;
  const std::int32_t* bias;  ///< null for zeros
  const std::int32_t* multipliers;
  const std::int32_t* shifts;
  std::int32_t output_offset, activation_min, activation_max;
};

inline bool requantization_of(const DepthwiseConv2dDspS8Params& params, const Layer& layer, std::int32_t channel,
                              ChannelRequantization& result) noexcept {
  result.multiplier = layer.multipliers[channel], result.shift = layer.shifts[channel];
  result.output_offset = layer.output_offset;
  result.activation_min = layer.activation_min, result.activation_max = layer.activation_max;
  return fold_input_offset(layer.weights + channel, 9, params.channels, -params.pad_value,
                           layer.bias != nullptr ? layer.bias[channel] : 0, result);
}

/// Constants of all channels in the form of `params`, [groups, 4], and params.rounded_groups. A group that has no line
/// is Rounded. False when a group has neither.
inline bool fit_constants(const Layer& layer, DepthwiseConv2dDspS8Params& params,
                          ChannelConstants* constants) noexcept {
  const auto form = static_cast<RequantizeForm>(params.form);
  params.rounded_groups = 0;
  for (std::int32_t group = 0; group < DepthwiseConv2dDspS8::groups(params); ++group, constants += 4) {
    const auto fit_group = [&](RequantizeForm wanted) {
      for (std::int32_t i = 0; i < 4; ++i) {
        ChannelRequantization channel{};
        if (!requantization_of(params, layer, channel_of(params, 4 * group + i), channel)) return false;
        if (!fit_form(channel, wanted, constants[i])) return false;
      }
      return true;
    };
    if (fit_group(form)) continue;
    if (form == RequantizeForm::Rounded || !fit_group(RequantizeForm::Rounded)) return false;
    ++params.rounded_groups;
  }
  return true;
}

}  // namespace pudu::kernels::depthwise_conv2d_dsp
