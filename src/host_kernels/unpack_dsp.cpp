// Layers prepared for the DSP extension: constants in the forms of kernels/requantize_form.hpp, channels in pairs or
// groups of four, the last of which may begin among those before it.
#include <cstring>

#include "host_kernels/unpack.hpp"
#include "kernels/conv2d_dsp/prepare.hpp"
#include "kernels/conv2d_winograd_dsp/prepare.hpp"
#include "kernels/conv2d_winograd_rows_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d_dsp/prepare.hpp"

namespace pudu::host_kernels {
namespace {

using kernels::ChannelConstants;
using kernels::RequantizeForm;

constexpr std::int32_t value_of_widened[4] = {0, 2, 1, 3};  ///< of a unit, at each place of 16-bit weights

std::size_t size_of(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

ChannelConstants constants_at(const std::int32_t* words) {
  ChannelConstants constants;
  std::memcpy(&constants, words, sizeof constants);
  return constants;
}

std::int32_t weight_at(const std::uint8_t* weights, std::size_t index, std::int32_t bits) {
  if (bits == 8) return static_cast<std::int8_t>(weights[index]);
  std::int16_t weight;
  std::memcpy(&weight, weights + 2 * index, sizeof weight);
  return weight;
}

ChannelScaling empty_scaling(std::int32_t form, std::int32_t channels) {
  const bool is_general = form == static_cast<std::int32_t>(RequantizeForm::General);
  return {is_general ? ScalingForm::General : ScalingForm::Folded, channels};
}

/// A channel of a layer of `form`; of a Line form, one that is_rounded.
void set_channel(ChannelScaling& scaling, std::int32_t channel, std::int32_t form, bool is_rounded,
                 const ChannelConstants& constants) {
  if (scaling.form == ScalingForm::General) {
    scaling.set_general(channel, constants.bias, constants.multiplier, constants.shift);
  } else {
    scaling.set_folded(channel, is_rounded ? RequantizeForm::Rounded : static_cast<RequantizeForm>(form), constants);
  }
}

/// Channels in twos or fours, `count` in all with those that come twice. The first of a group tells whether it is
/// Rounded; `channel_of(i)` is the channel of place i.
template <class ChannelOf>
void set_groups(ChannelScaling& scaling, std::int32_t form, bool has_rounded, const std::int32_t* constants,
                std::int32_t count, std::int32_t group, const ChannelOf& channel_of) {
  for (std::int32_t i = 0; i < count; ++i) {
    const bool is_rounded = has_rounded && constants_at(constants + 4 * (i - i % group)).shift != 0;
    set_channel(scaling, channel_of(i), form, is_rounded, constants_at(constants + 4 * i));
  }
}

/// Both of depthwise layers. `tap_of(i)` is the tap of a channel's weight i.
template <class Params, class Operands, class ChannelOf, class TapOf>
Unpacked unpack_depthwise(const Params& p, const Operands& operands, std::int32_t taps, const ChannelOf& channel_of,
                          const TapOf& tap_of) {
  if (p.form == static_cast<std::int32_t>(RequantizeForm::General)) return std::nullopt;
  const std::int32_t count = (p.channels + 3) / 4 * 4;
  LayerConstants result{{}, empty_scaling(p.form, p.channels)};
  set_groups(result.scaling, p.form, p.rounded_groups > 0, operands.constants, count, 4, channel_of);
  result.weights.resize(size_of(taps) * size_of(p.channels));
  for (std::int32_t i = 0; i < count * taps; ++i) {
    result.weights[size_of(tap_of(i % taps) * p.channels + channel_of(i / taps))] = operands.weights[i];
  }
  return result;
}

/// Of a channel, at [row, column] of its transform.
using Transformed = std::int32_t[4][4];

/// The nine taps that transform_unit made 16 numbers of: rows (columns alike) 2 g0, g0 + g1 + g2, g0 - g1 + g2, 2 g2.
void restore_taps(const Transformed& t, std::int8_t* taps, std::int32_t distance) {
  for (std::int32_t row = 0; row < 3; ++row) {
    for (std::int32_t column = 0; column < 3; ++column) {
      const auto along = [&](const std::int32_t(&four)[4]) {
        return column == 0 ? four[0] / 2 : column == 1 ? (four[1] - four[2]) / 2 : four[3] / 2;
      };
      const std::int32_t rows[4] = {along(t[0]), along(t[1]), along(t[2]), along(t[3])};
      const std::int32_t tap = row == 0 ? rows[0] / 2 : row == 1 ? (rows[1] - rows[2]) / 2 : rows[3] / 2;
      taps[(3 * row + column) * distance] = static_cast<std::int8_t>(tap);
    }
  }
}

/// The weights of one half of a pair, [9, input_channels].
void restore_channel(const kernels::Conv2dWinogradDspS8Params& p, const std::uint8_t* weights, std::int32_t pair,
                     std::int32_t half, std::int8_t* to) {
  using Kernel = kernels::Conv2dWinogradDspS8;
  const std::int32_t units = Kernel::units(p);
  for (std::int32_t c = 0; c < p.input_channels; ++c) {
    if (p.weight_bits == 8) {
      const std::uint8_t* codes = weights + ((2 * pair + half) * Kernel::quads(p) + c / 4) * 36 + c % 4;
      for (std::int32_t tap = 0; tap < 9; ++tap) {
        to[tap * p.input_channels + c] = static_cast<std::int8_t>(codes[4 * tap]);
      }
      continue;
    }
    Transformed transformed;
    for (std::int32_t i = 0; i < 16; ++i) {
      const std::int32_t position = i / 4 * 4 + kernels::conv2d_winograd_dsp::position_of_column[i % 4];
      const std::int32_t unit = ((pair * 16 + position) * units + c / 4) * 2 + half;
      transformed[i / 4][i % 4] = weight_at(weights, size_of(unit * 4 + value_of_widened[c % 4]), 16);
    }
    restore_taps(transformed, to + c, p.input_channels);
  }
}

}  // namespace

Unpacked unpack(const kernels::Conv2dDspS8Params& p, const kernels::Conv2dDspS8Operands& operands) {
  using Kernel = kernels::Conv2dDspS8;
  namespace prepared = kernels::conv2d_dsp;
  const std::int32_t taps = p.kernel_h * p.kernel_w * p.input_channels, pairs = Kernel::channel_pairs(p);
  const auto channel_of = [&p](std::int32_t i) { return prepared::channel_of(p, i / 2, i % 2); };
  LayerConstants result{{}, empty_scaling(p.form, p.output_channels)};
  set_output(p, result.scaling);
  set_groups(result.scaling, p.form, p.rounded_pairs > 0, operands.constants, 2 * pairs, 2, channel_of);
  result.weights.resize(size_of(p.output_channels) * size_of(taps));
  std::size_t index = 0;
  for (std::int32_t pair = 0; pair < pairs; ++pair) {
    for (std::int32_t unit = 0; unit < Kernel::units(p); ++unit) {
      for (std::int32_t i = 0; i < 8; ++i, ++index) {
        const std::int32_t tap = prepared::tap_of(p, unit, p.weight_bits == 16 ? value_of_widened[i % 4] : i % 4);
        if (tap < 0) continue;
        result.weights[size_of(channel_of(2 * pair + i / 4)) * size_of(taps) + size_of(tap)] =
            static_cast<std::int8_t>(weight_at(operands.weights, index, p.weight_bits));
      }
    }
  }
  return result;
}

Unpacked unpack(const kernels::Conv2dWinogradDspS8Params& p, const kernels::Conv2dWinogradDspS8Operands& operands) {
  const std::int32_t pairs = kernels::Conv2dWinogradDspS8::channel_pairs(p);
  const kernels::Conv2dDspS8Params direct = kernels::conv2d_winograd_dsp::direct_params(p);
  const auto channel_of = [&direct](std::int32_t i) { return kernels::conv2d_dsp::channel_of(direct, i / 2, i % 2); };
  LayerConstants result{{}, empty_scaling(p.form, p.output_channels)};
  set_output(p, result.scaling);
  set_groups(result.scaling, p.form, p.rounded_pairs > 0, operands.constants, 2 * pairs, 2, channel_of);
  result.weights.resize(size_of(p.output_channels) * size_of(9 * p.input_channels));
  for (std::int32_t i = 0; i < 2 * pairs; ++i) {
    restore_channel(p, operands.weights, i / 2, i % 2,
                    result.weights.data() + size_of(channel_of(i)) * size_of(9 * p.input_channels));
  }
  return result;
}

Unpacked unpack(const kernels::Conv2dWinogradRowsDspS8Params& p,
                const kernels::Conv2dWinogradRowsDspS8Operands& operands) {
  namespace winograd = kernels::conv2d_winograd_rows_dsp;
  const std::int32_t count = 4 * kernels::Conv2dWinogradRowsDspS8::channel_groups(p);
  const auto channel_of = [&p](std::int32_t i) { return winograd::channel_of(p, i); };
  LayerConstants result{{}, empty_scaling(p.form, p.output_channels)};
  set_output(p, result.scaling);
  set_groups(result.scaling, p.form, p.rounded_groups > 0, operands.constants, count, 4, channel_of);
  result.weights.resize(size_of(p.output_channels) * size_of(9 * p.input_channels));
  for (std::int32_t i = 0; i < count; ++i) {
    for (std::int32_t row = 0; row < 3; ++row) {
      for (std::int32_t c = 0; c < p.input_channels; ++c) {
        const auto number = [&](std::int32_t position) {
          return weight_at(operands.weights, winograd::index_of(p, i, position, row, c), 16);
        };
        const std::int32_t taps[3] = {number(0) / 6, (number(3) - number(4)) / 4, number(5) / 24};
        for (std::int32_t column = 0; column < 3; ++column) {
          result.weights[size_of((channel_of(i) * 9 + 3 * row + column) * p.input_channels + c)] =
              static_cast<std::int8_t>(taps[column]);
        }
      }
    }
  }
  return result;
}

Unpacked unpack(const kernels::DepthwiseConv2dDspS8Params& p, const kernels::DepthwiseConv2dDspS8Operands& operands) {
  const auto channel_of = [&p](std::int32_t i) { return kernels::depthwise_conv2d_dsp::channel_of(p, i); };
  const auto tap_of = [&p](std::int32_t i) { return p.slide_down != 0 ? i : i % 3 * 3 + i / 3; };
  if (p.weight_bits == 8) return unpack_depthwise(p, operands, 9, channel_of, tap_of);
  // Where weight i is among the halves of a channel's words.
  constexpr std::int32_t of_two_rows[9] = {0, 1, 3, 4, 5, 7, 8, 9, 11}, of_one_row[9] = {0, 1, 6, 2, 3, 7, 4, 5, 8};
  const std::int32_t count = 4 * kernels::DepthwiseConv2dDspS8::groups(p);
  std::vector<std::int8_t> nine(size_of(9 * count));
  for (std::int32_t i = 0; i < 9 * count; ++i) {
    const std::int32_t half = p.stride_h == 1 ? of_two_rows[i % 9] : of_one_row[i % 9];
    const auto* halves = reinterpret_cast<const std::uint8_t*>(operands.weights);
    nine[size_of(i)] = static_cast<std::int8_t>(weight_at(halves, size_of(i / 9 * 12 + half), 16));
  }
  kernels::DepthwiseConv2dDspS8Operands narrow = operands;
  narrow.weights = nine.data();
  return unpack_depthwise(p, narrow, 9, channel_of, tap_of);
}

Unpacked unpack(const kernels::DepthwiseConv2d5x5DspS8Params& p,
                const kernels::DepthwiseConv2d5x5DspS8Operands& operands) {
  return unpack_depthwise(
      p, operands, 25, [&p](std::int32_t i) { return kernels::depthwise_conv2d_5x5_dsp::channel_of(p, i); },
      [](std::int32_t i) { return i % 5 * 5 + i / 5; });
}

Unpacked unpack(const kernels::LinearDspS8Params& p, const kernels::LinearDspS8Operands& operands) {
  using Kernel = kernels::LinearDspS8;
  LayerConstants result{{}, empty_scaling(p.form, p.output_features)};
  set_output(p, result.scaling);
  for (std::int32_t output = 0; output < p.output_features; ++output) {
    ChannelConstants constants{};
    if (p.constant_words == 1) {
      constants = {operands.constants[3 + output], operands.constants[0], operands.constants[1], operands.constants[2]};
    } else {
      std::memcpy(&constants, operands.constants + p.constant_words * output, size_of(p.constant_words) * 4);
    }
    // A line has no shift among its constants.
    const bool is_rounded = p.constant_words == 1 || constants.shift != 0;
    set_channel(result.scaling, output, p.form, is_rounded, constants);
  }
  result.weights.resize(size_of(p.output_features) * size_of(p.input_features));
  for (std::int32_t output = 0; output < p.output_features; ++output) {
    for (std::int32_t k = 0; k < p.input_features; ++k) {
      const std::int32_t place = p.weight_bits == 16 ? value_of_widened[k % 4] : k % 4;
      const std::size_t unit = size_of(output / 4) * size_of(Kernel::units(p)) + size_of(k / 4);
      result.weights[size_of(output) * size_of(p.input_features) + size_of(k)] = static_cast<std::int8_t>(
          weight_at(operands.weights, unit * 16 + size_of(output % 4 * 4 + place), p.weight_bits));
    }
  }
  return result;
}

}  // namespace pudu::host_kernels
