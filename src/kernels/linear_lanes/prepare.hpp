// Runs in the compiler and in tests: operands of linear_lanes_s8.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/lane_runs.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/linear_lanes/linear_lanes_s8.hpp"
#include "kernels/requantize_fit.hpp"
#include "kernels/requantize_lanes_fit.hpp"

namespace pudu::kernels::linear_lanes {

/// Constant operands of linear_s8, and its input offset.
struct Layer {
  const std::int8_t* weights;  ///< [outputs, features]
  const std::int32_t* bias;    ///< null for zeros
  const std::int32_t* multipliers;
  const std::int32_t* shifts;
  std::int32_t input_offset;
};

/// Parameters but for those that depend on weights.
constexpr LinearLanesS8Params params_of(const LinearS8Params& p, std::int32_t weight_bits) noexcept {
  LinearLanesS8Params result{};
  result.batches = p.batches;
  result.input_features = p.input_features, result.output_features = p.output_features;
  result.weight_bits = weight_bits;
  result.runs = result.most_runs = 1, result.channel_words = 7;
  result.output_offset = p.output_offset;
  result.activation_min = p.activation_min, result.activation_max = p.activation_max;
  return result;
}

/// 0 where there is no such output or feature.
constexpr std::int32_t weight_at(const LinearLanesS8Params& params, const std::int8_t* weights, std::int32_t output,
                                 std::int32_t feature) noexcept {
  if (output >= params.output_features || feature >= params.input_features) return 0;
  return weights[output * params.input_features + feature];
}

constexpr std::size_t packed_words(const LinearLanesS8Params& params) noexcept {
  return static_cast<std::size_t>(LinearLanesS8::groups(params)) *
         static_cast<std::size_t>(LinearLanesS8::features(params)) * (params.weight_bits == 16 ? 4 : 2);
}

inline void pack_weights(const LinearLanesS8Params& params, const std::int8_t* weights, std::int32_t* packed) noexcept {
  for (std::int32_t group = 0; group < LinearLanesS8::groups(params); ++group) {
    for (std::int32_t feature = 0; feature < LinearLanesS8::features(params); ++feature) {
      const auto at = [&](std::int32_t output) { return weight_at(params, weights, 8 * group + output, feature); };
      const auto byte = [&](std::int32_t output) { return static_cast<std::uint32_t>(at(output) + 128); };
      if (params.weight_bits == 16) {
        for (std::int32_t c = 0; c < 4; ++c) *packed++ = static_cast<std::int32_t>(lane_word(at(c), at(c + 4)));
        continue;
      }
      for (std::int32_t c = 0; c < 4; c += 2) {
        *packed++ = static_cast<std::int32_t>(byte(c) | byte(c + 1) << 8 | byte(c + 4) << 16 | byte(c + 5) << 24);
      }
    }
  }
}

/// Runs of one group, each as long as can be and even: writes their pairs of features, and gives how many there are. 0:
/// two weights are -128 and stand side by side.
inline std::int32_t fit_group_runs(const LinearLanesS8Params& params, const std::int8_t* weights, std::int32_t group,
                                   std::uint8_t* pairs) noexcept {
  LaneRun lanes[8];
  std::int32_t length = 0, runs = 0;
  for (std::int32_t feature = 0; feature < LinearLanesS8::features(params); feature += 2) {
    LaneRun longer[8], fresh[8];
    bool fits = length < longest_run, pair_fits = true;
    for (std::int32_t i = 0; i < 8; ++i) {
      longer[i] = lanes[i];
      for (std::int32_t k = feature; k < feature + 2; ++k) {
        const std::int32_t weight = weight_at(params, weights, 8 * group + i, k);
        longer[i].add(weight), fresh[i].add(weight);
      }
      fits = fits && longer[i].fits();
      pair_fits = pair_fits && fresh[i].fits();
    }
    if (!pair_fits) return 0;
    if (!fits) pairs[runs++] = static_cast<std::uint8_t>(length / 2), length = 0;
    for (std::int32_t i = 0; i < 8; ++i) lanes[i] = fits ? longer[i] : fresh[i];
    length += 2;
  }
  pairs[runs++] = static_cast<std::uint8_t>(length / 2);
  return runs;
}

/// The first words of `constants`, which hold the runs, and params.runs and most_runs; there is room for one run for
/// two features. False when two weights are -128 and stand side by side.
inline bool fit_runs(LinearLanesS8Params& params, const std::int8_t* weights, std::int32_t* constants) noexcept {
  params.runs = params.most_runs = 0;
  auto* const pairs = reinterpret_cast<std::uint8_t*>(constants);
  for (std::int32_t group = 0; group < LinearLanesS8::groups(params); ++group) {
    const std::int32_t runs = fit_group_runs(params, weights, group, pairs + params.runs);
    if (runs == 0) return false;
    params.runs += runs;
    if (runs > params.most_runs) params.most_runs = runs;
  }
  return true;
}

/// Words that fit_runs and fit_constants take at most.
constexpr std::size_t most_constant_words(const LinearLanesS8Params& params) noexcept {
  return static_cast<std::size_t>(LinearLanesS8::groups(params)) *
             static_cast<std::size_t>(LinearLanesS8::features(params)) / 8 +
         7 * static_cast<std::size_t>(params.output_features) + 8;
}

/// False when the bias with the input's zero point in it would not fit 32 bits.
inline bool requantization_of(const LinearLanesS8Params& params, const Layer& layer, std::int32_t output,
                              ChannelRequantization& result) noexcept {
  result.multiplier = layer.multipliers[output], result.shift = layer.shifts[output];
  result.output_offset = params.output_offset;
  result.activation_min = params.activation_min, result.activation_max = params.activation_max;
  return fold_input_offset(layer.weights + output * params.input_features, params.input_features, 1, layer.input_offset,
                           layer.bias != nullptr ? layer.bias[output] : 0, result);
}

/// Seven words of the channel's best form.
inline LanesForm store_best(const ChannelRequantization& channel, std::int32_t* words) noexcept {
  LanesConstants found{};
  const LanesForm form = fit_best_lanes(channel, found);
  if (form == LanesForm::General) {
    const std::int32_t general[7] = {channel.bias, 0, channel.multiplier, channel.shift};
    std::memcpy(words, general, sizeof general);
    return form;
  }
  found.range |= static_cast<std::uint32_t>(form) << 24;
  static_assert(sizeof found == 28, "the kernel reads the constants as words");
  std::memcpy(words, &found, sizeof found);
  return form;
}

/// One set of constants for all outputs, which have the same multiplier and shift: of a channel without bias whose sums
/// are those of any output with its bias.
inline bool fit_one_for_all(const LinearLanesS8Params& params, const Layer& layer, std::int32_t* words,
                            LanesForm& form) noexcept {
  ChannelRequantization all{};
  for (std::int32_t output = 0; output < params.output_features; ++output) {
    ChannelRequantization channel{};
    if (!requantization_of(params, layer, output, channel)) return false;
    if (channel.multiplier != layer.multipliers[0] || channel.shift != layer.shifts[0]) return false;
    channel.lowest += channel.bias, channel.highest += channel.bias;
    if (output == 0 || channel.lowest < all.lowest) all.lowest = channel.lowest;
    if (output == 0 || channel.highest > all.highest) all.highest = channel.highest;
    words[7 + output] = channel.bias;
    all.multiplier = channel.multiplier, all.shift = channel.shift;
    all.output_offset = channel.output_offset;
    all.activation_min = channel.activation_min, all.activation_max = channel.activation_max;
  }
  form = store_best(all, words);
  for (std::int32_t output = 0; output < params.output_features; ++output) {
    words[7 + output] = numerics::wrapping_add(words[7 + output], words[0]);
  }
  return true;
}

constexpr std::size_t constant_words(const LinearLanesS8Params& params) noexcept {
  const auto outputs = static_cast<std::size_t>(params.output_features);
  return static_cast<std::size_t>(LinearLanesS8::run_words(params)) +
         (params.channel_words == 1 ? 7 + outputs : 7 * outputs);
}

/// The constants behind those of fit_runs, and params.channel_words. `general` counts outputs of form General. False
/// when a bias does not fit.
inline bool fit_constants(const Layer& layer, LinearLanesS8Params& params, std::int32_t* constants,
                          std::int32_t& general) noexcept {
  std::int32_t* const words = constants + LinearLanesS8::run_words(params);
  general = 0;
  LanesForm form = LanesForm::General;
  params.channel_words = 1;
  if (params.output_features > 1 && fit_one_for_all(params, layer, words, form)) {
    general = form == LanesForm::General ? params.output_features : 0;
    return true;
  }
  params.channel_words = 7;
  for (std::int32_t output = 0; output < params.output_features; ++output) {
    ChannelRequantization channel{};
    if (!requantization_of(params, layer, output, channel)) return false;
    if (store_best(channel, words + 7 * output) == LanesForm::General) ++general;
  }
  return true;
}

}  // namespace pudu::kernels::linear_lanes
