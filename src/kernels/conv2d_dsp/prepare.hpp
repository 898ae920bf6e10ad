// Runs in the compiler and in tests: weights in the order of conv2d_dsp_s8, and the constants of its channels.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/requantize_fit.hpp"

namespace pudu::kernels::conv2d_dsp {

/// Channel of half `half` of a pair; the last pair is the last two channels, be their number odd or even.
constexpr std::int32_t channel_of(const Conv2dDspS8Params& params, std::int32_t pair, std::int32_t half) noexcept {
  const std::int32_t first = 2 * pair + 2 <= params.output_channels ? 2 * pair : params.output_channels - 2;
  return first + half;
}

constexpr std::size_t packed_weight_bytes(const Conv2dDspS8Params& params) noexcept {
  return static_cast<std::size_t>(Conv2dDspS8::channel_pairs(params)) *
         static_cast<std::size_t>(Conv2dDspS8::units(params)) * static_cast<std::size_t>(params.weight_bits);
}

/// Which of a window's values is value `i` of a unit; -1: none.
constexpr std::int32_t tap_of(const Conv2dDspS8Params& params, std::int32_t unit, std::int32_t i) noexcept {
  const std::int32_t piece = params.kernel_w * params.input_channels;
  if (!Conv2dDspS8::joins_ends(params)) {
    const std::int32_t piece_units = Conv2dDspS8::piece_units(params), k = unit % piece_units * 4 + i;
    return k < piece ? unit / piece_units * piece + k : -1;
  }
  const std::int32_t words = piece / 4, end = piece % 4, whole_units = params.kernel_h * words;
  if (unit < whole_units) return unit / words * piece + unit % words * 4 + i;
  const std::int32_t k = (unit - whole_units) * 4 + i;
  return k < params.kernel_h * end ? k / end * piece + 4 * words + k % end : -1;
}

/// `weights` as conv2d_s8 has them; `packed` holds packed_weight_bytes(params).
inline void pack_weights(const Conv2dDspS8Params& params, const std::int8_t* weights, std::uint8_t* packed) noexcept {
  constexpr std::int32_t widened_order[4] = {0, 2, 1, 3};
  for (std::int32_t pair = 0; pair < Conv2dDspS8::channel_pairs(params); ++pair) {
    for (std::int32_t unit = 0; unit < Conv2dDspS8::units(params); ++unit) {
      for (std::int32_t half = 0; half < 2; ++half) {
        const std::int8_t* channel =
            weights + channel_of(params, pair, half) * params.kernel_h * params.kernel_w * params.input_channels;
        for (std::int32_t i = 0; i < 4; ++i) {
          const bool widened = params.weight_bits == 16;
          const std::int32_t tap = tap_of(params, unit, widened ? widened_order[i] : i);
          const auto value = static_cast<std::int16_t>(tap >= 0 ? channel[tap] : 0);
          const auto narrow = static_cast<std::int8_t>(value);
          if (widened) {
            std::memcpy(packed, &value, sizeof value);
          } else {
            std::memcpy(packed, &narrow, sizeof narrow);
          }
          packed += widened ? 2 : 1;
        }
      }
    }
  }
}

/// Operands of conv2d_s8 that are constant.
struct Layer {
  const std::int8_t* weights;
  const std::int32_t* bias;  ///< null for zeros
  const std::int32_t* multipliers;
  const std::int32_t* shifts;
};

/// The requantization of one channel.
inline ChannelRequantization channel_requantization(const Conv2dDspS8Params& params, const Layer& layer,
                                                    std::int32_t channel) noexcept {
  ChannelRequantization result{};
  const std::int32_t taps = params.kernel_h * params.kernel_w * params.input_channels;
  const bool fits = fold_input_offset(layer.weights + channel * taps, taps, 1, -params.pad_value,
                                      layer.bias != nullptr ? layer.bias[channel] : 0, result);
  result.multiplier = layer.multipliers[channel], result.shift = layer.shifts[channel];
  result.output_offset = params.output_offset;
  result.activation_min = params.activation_min, result.activation_max = params.activation_max;
  // What wraps is for form General alone.
  if (!fits) result.lowest = INT64_MIN / 4, result.highest = INT64_MAX / 4;
  return result;
}

/// Constants of all channels in the form of `params`, [channel pairs, 2], and params.rounded_pairs. A pair that has no
/// line is Rounded. False when a pair has neither.
inline bool fit_constants(const Layer& layer, Conv2dDspS8Params& params, ChannelConstants* constants) noexcept {
  const auto form = static_cast<RequantizeForm>(params.form);
  params.rounded_pairs = 0;
  for (std::int32_t pair = 0; pair < Conv2dDspS8::channel_pairs(params); ++pair, constants += 2) {
    const ChannelRequantization channels[2] = {channel_requantization(params, layer, channel_of(params, pair, 0)),
                                               channel_requantization(params, layer, channel_of(params, pair, 1))};
    if (fit_form(channels[0], form, constants[0]) && fit_form(channels[1], form, constants[1])) continue;
    if (form == RequantizeForm::Rounded || !fit_rounded(channels[0], constants[0]) ||
        !fit_rounded(channels[1], constants[1])) {
      return false;
    }
    ++params.rounded_pairs;
  }
  return true;
}

}  // namespace pudu::kernels::conv2d_dsp
