// Runs in the compiler and in tests: weights and constants of conv2d_winograd_rows_dsp_s8.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/conv2d_dsp/prepare.hpp"
#include "kernels/conv2d_winograd_rows_dsp/conv2d_winograd_rows_dsp_s8.hpp"

namespace pudu::kernels::conv2d_winograd_rows_dsp {

using conv2d_dsp::Layer;
using Params = Conv2dWinogradRowsDspS8Params;

/// Channel `i` of the groups laid end to end; the last group is the last four channels.
constexpr std::int32_t channel_of(const Params& params, std::int32_t i) noexcept {
  const std::int32_t group = i / 4;
  return (4 * group + 4 <= params.output_channels ? 4 * group : params.output_channels - 4) + i % 4;
}

constexpr std::size_t packed_weight_bytes(const Params& params) noexcept {
  return Conv2dWinogradRowsDspS8::weight_bytes(params) + static_cast<std::size_t>(params.input_channels);
}

/// The six numbers of three taps of a row, Lavin's times 24: at most 24 * 128, 13 bits.
constexpr std::int32_t transformed_tap(std::int32_t position, std::int32_t g0, std::int32_t g1,
                                       std::int32_t g2) noexcept {
  switch (position) {
    case 0:
      return 6 * g0;
    case 1:
      return -4 * (g0 + g1 + g2);
    case 2:
      return -4 * (g0 - g1 + g2);
    case 3:
      return g0 + 2 * g1 + 4 * g2;
    case 4:
      return g0 - 2 * g1 + 4 * g2;
    default:
      return 24 * g2;
  }
}

/// Index of a transformed weight; `i` is the channel of the groups, `c` the input channel.
constexpr std::size_t index_of(const Params& params, std::int32_t i, std::int32_t position, std::int32_t row,
                               std::int32_t c) noexcept {
  constexpr std::int32_t place[4] = {0, 2, 1, 3};
  const std::int32_t quads = Conv2dWinogradRowsDspS8::quads(params);
  return static_cast<std::size_t>(((((i / 4 * 6 + position) * 3 + row) * quads + c / 4) * 4 + i % 4) * 4 +
                                  place[c % 4]);
}

/// `weights` as conv2d_s8 has them, [output_channels, 3, 3, input_channels]; `packed` is 2-byte aligned and holds
/// packed_weight_bytes(params).
inline void pack_weights(const Params& params, const std::int8_t* weights, std::int16_t* packed) noexcept {
  for (std::int32_t i = 0; i < 4 * Conv2dWinogradRowsDspS8::channel_groups(params); ++i) {
    const std::int8_t* channel = weights + channel_of(params, i) * 9 * params.input_channels;
    for (std::int32_t row = 0; row < 3; ++row) {
      for (std::int32_t c = 0; c < params.input_channels; ++c) {
        const std::int8_t* taps = channel + 3 * row * params.input_channels + c;
        for (std::int32_t position = 0; position < 6; ++position) {
          packed[index_of(params, i, position, row, c)] = static_cast<std::int16_t>(
              transformed_tap(position, taps[0], taps[params.input_channels], taps[2 * params.input_channels]));
        }
      }
    }
  }
  std::memset(packed + Conv2dWinogradRowsDspS8::weight_bytes(params) / sizeof *packed, params.pad_value,
              static_cast<std::size_t>(params.input_channels));
}

/// The same convolution as conv2d_dsp_s8 has it: for its requantization.
constexpr Conv2dDspS8Params direct_params(const Params& p) noexcept {
  Conv2dDspS8Params result{};
  result.input_channels = p.input_channels, result.output_channels = p.output_channels;
  result.kernel_h = result.kernel_w = 3, result.stride_h = result.stride_w = 1;
  result.pad_value = p.pad_value;
  result.form = p.form;
  result.output_offset = p.output_offset;
  result.activation_min = p.activation_min, result.activation_max = p.activation_max;
  return result;
}

/// Constants of all channels in the form of `params`, [groups, 4], and params.rounded_groups. A group that has no line
/// is Rounded. False when a group has neither.
inline bool fit_constants(const Layer& layer, Params& params, ChannelConstants* constants) noexcept {
  const Conv2dDspS8Params direct = direct_params(params);
  const auto form = static_cast<RequantizeForm>(params.form);
  params.rounded_groups = 0;
  for (std::int32_t group = 0; group < Conv2dWinogradRowsDspS8::channel_groups(params); ++group, constants += 4) {
    const auto fit_group = [&](RequantizeForm wanted) {
      for (std::int32_t i = 0; i < 4; ++i) {
        const ChannelRequantization channel =
            conv2d_dsp::channel_requantization(direct, layer, channel_of(params, 4 * group + i));
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

}  // namespace pudu::kernels::conv2d_winograd_rows_dsp
