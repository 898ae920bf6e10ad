// Runs in the compiler and in tests: operands of linear_dsp_s8.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/linear_dsp/linear_dsp_s8.hpp"
#include "kernels/requantize_fit.hpp"

namespace pudu::kernels::linear_dsp {

constexpr std::size_t packed_weight_bytes(const LinearDspS8Params& params) noexcept {
  return static_cast<std::size_t>(LinearDspS8::groups(params)) * static_cast<std::size_t>(LinearDspS8::units(params)) *
         static_cast<std::size_t>(2 * params.weight_bits);
}

/// `weights` as linear_s8 has them, [outputs, features]; `packed` holds packed_weight_bytes(params).
inline void pack_weights(const LinearDspS8Params& params, const std::int8_t* weights, std::uint8_t* packed) noexcept {
  constexpr std::int32_t widened_order[4] = {0, 2, 1, 3};
  const bool widened = params.weight_bits == 16;
  for (std::int32_t group = 0; group < LinearDspS8::groups(params); ++group) {
    for (std::int32_t unit = 0; unit < LinearDspS8::units(params); ++unit) {
      for (std::int32_t i = 0; i < 16; ++i) {
        const std::int32_t row = 4 * group + i / 4, k = 4 * unit + (widened ? widened_order[i % 4] : i % 4);
        const bool exists = row < params.output_features && k < params.input_features;
        const auto value = static_cast<std::int16_t>(exists ? weights[row * params.input_features + k] : 0);
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

/// Operands of linear_s8 that are constant, and its input offset.
struct Layer {
  const std::int8_t* weights;
  const std::int32_t* bias;  ///< null for zeros
  const std::int32_t* multipliers;
  const std::int32_t* shifts;
  std::int32_t input_offset;
};

/// Words of a channel's constants: two where all are lines.
constexpr std::int32_t constant_words(std::int32_t form, std::int32_t rounded) noexcept {
  const bool are_lines = form != static_cast<std::int32_t>(RequantizeForm::General) &&
                         form != static_cast<std::int32_t>(RequantizeForm::Rounded) && rounded == 0;
  return are_lines ? 2 : 4;
}

/// Do Rounded channels differ in nothing but the bias?
inline bool have_one_scale(const ChannelConstants* channels, std::int32_t count) noexcept {
  for (std::int32_t i = 1; i < count; ++i) {
    if (channels[i].multiplier != channels[0].multiplier || channels[i].addend != channels[0].addend ||
        channels[i].shift != channels[0].shift) {
      return false;
    }
  }
  return true;
}

/// Words of the operand of `count` channels.
constexpr std::int32_t packed_constant_words(std::int32_t count, std::int32_t words) noexcept {
  return count * words + (words == 1 ? 3 : 0);
}

/// The operand of `count` channels, constant_words each.
inline void pack_constants(const ChannelConstants* channels, std::int32_t count, std::int32_t words,
                           std::int32_t* packed) noexcept {
  if (words == 1) {
    packed[0] = channels[0].multiplier, packed[1] = channels[0].addend, packed[2] = channels[0].shift;
    packed += 3;
  }
  for (std::int32_t i = 0; i < count; ++i) {
    std::memcpy(packed + i * words, channels + i, static_cast<std::size_t>(words) * sizeof(std::int32_t));
  }
}

/// Constants of all outputs in the form of `params`; an output that has no line is Rounded. False when one has neither.
/// `rounded` counts the latter.
inline bool fit_constants(const Layer& layer, const LinearDspS8Params& params, ChannelConstants* constants,
                          std::int32_t& rounded) noexcept {
  const auto form = static_cast<RequantizeForm>(params.form);
  rounded = 0;
  for (std::int32_t row = 0; row < params.output_features; ++row) {
    ChannelRequantization channel{};
    channel.multiplier = layer.multipliers[row], channel.shift = layer.shifts[row];
    channel.output_offset = params.output_offset;
    channel.activation_min = params.activation_min, channel.activation_max = params.activation_max;
    const bool fits = fold_input_offset(layer.weights + row * params.input_features, params.input_features, 1,
                                        layer.input_offset, layer.bias != nullptr ? layer.bias[row] : 0, channel);
    if (form == RequantizeForm::General) {
      fit_form(channel, form, constants[row]);
      continue;
    }
    if (!fits) return false;
    if (fit_form(channel, form, constants[row])) continue;
    if (!fit_rounded(channel, constants[row])) return false;
    ++rounded;
  }
  return true;
}

}  // namespace pudu::kernels::linear_dsp
