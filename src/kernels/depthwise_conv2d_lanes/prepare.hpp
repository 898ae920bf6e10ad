// Runs in the compiler and in tests: operands of depthwise_conv2d_lanes_s8.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_lanes/depthwise_conv2d_lanes_s8.hpp"
#include "kernels/lane_runs.hpp"
#include "kernels/requantize_fit.hpp"
#include "kernels/requantize_lanes_fit.hpp"

namespace pudu::kernels::depthwise_conv2d_lanes {

constexpr bool applies(const DepthwiseConv2dS8Params& p) noexcept {
  return p.kernel_h == 3 && p.kernel_w == 3 && p.stride_h == p.stride_w && p.stride_h <= 2 && p.dilation_h == 1 &&
         p.dilation_w == 1 && p.depth_multiplier == 1;
}

/// Parameters but for patterns and constants.
constexpr DepthwiseConv2dLanesS8Params params_of(const DepthwiseConv2dS8Params& p, std::int32_t slide_down,
                                                 std::int32_t lanes_along) noexcept {
  DepthwiseConv2dLanesS8Params result{};
  result.batches = p.batches;
  result.input_h = p.input_h, result.input_w = p.input_w, result.channels = p.input_channels;
  result.output_h = p.output_h, result.output_w = p.output_w;
  result.stride_h = p.stride_h, result.stride_w = p.stride_w;
  result.pad_top = p.pad_top, result.pad_left = p.pad_left;
  result.pad_value = -p.input_offset;
  result.slide_down = slide_down, result.lanes_along = lanes_along;
  result.output_offset = p.output_offset;
  result.activation_min = p.activation_min, result.activation_max = p.activation_max;
  return result;
}

/// The taps of a channel in the order in which they are read. `weights` as depthwise_conv2d_s8 has them, [3, 3,
/// channels].
inline void order_taps(const DepthwiseConv2dLanesS8Params& p, const std::int8_t* weights, std::int32_t channel,
                       std::int8_t (&taps)[9]) noexcept {
  constexpr std::int32_t columns[2][3] = {{0, 1, 2}, {0, 2, 1}};
  for (std::int32_t tap = 0; tap < 9; ++tap) {
    const std::int32_t across = tap / 3, along = columns[p.stride_h - 1][tap % 3];
    const std::int32_t from = p.slide_down != 0 ? 3 * along + across : 3 * across + along;
    taps[tap] = weights[from * p.channels + channel];
  }
}

inline bool pattern_fits(std::int32_t pattern, const std::int8_t (&taps)[9]) noexcept {
  LaneRun run;
  for (int tap = 0; tap < 9; ++tap) {
    run.add(taps[tap]);
    if (!run.fits()) return false;
    if ((run_masks[pattern] >> tap & 1) != 0) run = {};
  }
  return true;
}

constexpr std::int32_t runs_of(std::int32_t pattern) noexcept {
  std::int32_t runs = 1;
  for (int tap = 0; tap < 8; ++tap) runs += run_masks[pattern] >> tap & 1;
  return runs;
}

/// Fills `packed`, 12 bytes a channel, and params.patterns; `runs` becomes the mean number of runs. Of the patterns
/// with the fewest runs a channel takes the one that suits the most channels. False when a channel has none: it takes
/// pairs of weights of -128.
inline bool pack_weights(DepthwiseConv2dLanesS8Params& params, const std::int8_t* weights, std::int8_t* packed,
                         double& runs) noexcept {
  std::int32_t uses[16] = {};
  std::int8_t taps[9];
  for (std::int32_t channel = 0; channel < params.channels; ++channel) {
    order_taps(params, weights, channel, taps);
    for (std::int32_t pattern = 0; pattern < 16; ++pattern) uses[pattern] += pattern_fits(pattern, taps) ? 1 : 0;
  }
  params.patterns = 0;
  std::int32_t all_runs = 0;
  for (std::int32_t channel = 0; channel < params.channels; ++channel, packed += 12) {
    order_taps(params, weights, channel, taps);
    std::int32_t best = -1;
    for (std::int32_t pattern = 0; pattern < 16; ++pattern) {
      if (!pattern_fits(pattern, taps)) continue;
      const bool is_better = best < 0 || runs_of(pattern) < runs_of(best) ||
                             (runs_of(pattern) == runs_of(best) && uses[pattern] > uses[best]);
      if (is_better) best = pattern;
    }
    if (best < 0) return false;
    params.patterns |= 1 << best;
    all_runs += runs_of(best);
    std::memcpy(packed, taps, sizeof taps);
    packed[9] = static_cast<std::int8_t>(best), packed[10] = packed[11] = 0;
  }
  runs = static_cast<double>(all_runs) / params.channels;
  return true;
}

/// Constant operands of depthwise_conv2d_s8.
struct Layer {
  const std::int8_t* weights;
  const std::int32_t* bias;  ///< null for zeros
  const std::int32_t* multipliers;
  const std::int32_t* shifts;
};

/// False when the bias with the input's zero point in it would not fit 32 bits.
inline bool requantization_of(const DepthwiseConv2dLanesS8Params& params, const Layer& layer, std::int32_t channel,
                              ChannelRequantization& result) noexcept {
  result.multiplier = layer.multipliers[channel], result.shift = layer.shifts[channel];
  result.output_offset = params.output_offset;
  result.activation_min = params.activation_min, result.activation_max = params.activation_max;
  return fold_input_offset(layer.weights + channel, 9, params.channels, -params.pad_value,
                           layer.bias != nullptr ? layer.bias[channel] : 0, result);
}

/// Constants for cores whose products have 32 bits, seven words a channel, of which the first params.channel_words are
/// wanted: copy_constants. `general` counts channels of form General.
inline bool fit_lanes_constants(const Layer& layer, DepthwiseConv2dLanesS8Params& params, std::int32_t* constants,
                                std::int32_t& general) noexcept {
  params.channel_words = 5, params.form = 0, general = 0;
  for (std::int32_t channel = 0; channel < params.channels; ++channel, constants += 7) {
    ChannelRequantization requantization{};
    if (!requantization_of(params, layer, channel, requantization)) return false;
    LanesConstants found{};
    const LanesForm form = fit_best_lanes(requantization, found);
    if (form == LanesForm::General) {
      const std::int32_t words[7] = {requantization.bias, 0, requantization.multiplier, requantization.shift};
      std::memcpy(constants, words, sizeof words);
      ++general;
      continue;
    }
    found.range |= static_cast<std::uint32_t>(form) << 24;
    static_assert(sizeof found == 28, "the kernel reads the constants as words");
    std::memcpy(constants, &found, sizeof found);
    if (found.pivot != 0) params.channel_words = 7;
  }
  return true;
}

/// From seven words a channel to those that the kernel wants.
inline void copy_constants(const DepthwiseConv2dLanesS8Params& params, const std::int32_t* seven,
                           std::int32_t* constants) noexcept {
  for (std::int32_t channel = 0; channel < params.channels; ++channel) {
    for (std::int32_t i = 0; i < params.channel_words; ++i) *constants++ = seven[7 * channel + i];
  }
}

/// Constants of all channels in the form of `params`, for cores with SMULL; a channel that has no line is Rounded and
/// counted. False when one has neither.
inline bool fit_form_constants(const Layer& layer, DepthwiseConv2dLanesS8Params& params, ChannelConstants* constants,
                               std::int32_t& rounded) noexcept {
  const auto form = static_cast<RequantizeForm>(params.form);
  params.channel_words = 4, rounded = 0;
  for (std::int32_t channel = 0; channel < params.channels; ++channel, ++constants) {
    ChannelRequantization requantization{};
    if (!requantization_of(params, layer, channel, requantization)) return false;
    if (fit_form(requantization, form, *constants)) continue;
    if (!fit_rounded(requantization, *constants)) return false;
    ++rounded;
  }
  return true;
}

}  // namespace pudu::kernels::depthwise_conv2d_lanes
