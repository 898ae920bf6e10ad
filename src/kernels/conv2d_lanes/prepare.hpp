// Runs in the compiler and in tests: the streams of conv2d_lanes_s8.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_lanes/conv2d_lanes_s8.hpp"
#include "kernels/conv2d_lanes/stream.hpp"
#include "kernels/requantize_lanes_fit.hpp"

namespace pudu::kernels::conv2d_lanes {

inline bool applies(const Conv2dS8Params& p) noexcept {
  return p.groups == 1 && p.dilation_h == 1 && p.dilation_w == 1;
}

inline Conv2dLanesS8Params params_of(const Conv2dS8Params& p) noexcept {
  Conv2dLanesS8Params result{};
  result.batches = p.batches;
  result.input_h = p.input_h, result.input_w = p.input_w, result.input_channels = p.input_channels;
  result.output_h = p.output_h, result.output_w = p.output_w, result.output_channels = p.output_channels;
  result.kernel_h = p.kernel_h, result.kernel_w = p.kernel_w;
  result.stride_h = p.stride_h, result.stride_w = p.stride_w;
  result.pad_top = p.pad_top, result.pad_left = p.pad_left;
  result.pad_value = -p.input_offset;
  result.ready_streams = 1, result.strip_blocks = 1;
  result.output_offset = p.output_offset;
  result.activation_min = p.activation_min, result.activation_max = p.activation_max;
  return result;
}

/// The highest and the lowest sum of products of codes with some weights.
struct SumBounds {
  std::int32_t highest = 0, lowest = 0;

  void add(std::int32_t weight) noexcept {
    highest += weight > 0 ? weight * 127 : weight * -128;
    lowest += weight > 0 ? weight * -128 : weight * 127;
  }
  /// Two such sums fit one word, and adding half of the lower one's range rounds to the higher one.
  bool fit() const noexcept { return highest <= 32767 && lowest >= -32767; }
};

/// Instructions of a run for one block: its piece of code, and 13 to fold its sums.
constexpr std::int32_t run_cost(std::int32_t length) noexcept {
  return run_instructions(length) + 13;
}

/// The cheapest division into runs.
inline std::vector<std::uint8_t> divide_into_runs(const std::int8_t* weights, std::int32_t taps) {
  const auto count = static_cast<std::size_t>(taps);
  std::vector<std::int32_t> cost(count + 1, INT32_MAX);
  std::vector<std::uint8_t> last(count + 1, 0);
  cost[0] = 0;
  for (std::size_t begin = 0; begin < count; ++begin) {
    SumBounds bounds;
    std::size_t end = begin;
    for (const std::int32_t length : run_lengths) {
      while (end < count && end < begin + static_cast<std::size_t>(length)) bounds.add(weights[end++]);
      if (end != begin + static_cast<std::size_t>(length) || !bounds.fit()) break;
      if (cost[begin] + run_cost(length) >= cost[end]) continue;
      cost[end] = cost[begin] + run_cost(length);
      last[end] = static_cast<std::uint8_t>(length);
    }
  }
  std::vector<std::uint8_t> runs;
  for (std::size_t end = count; end > 0; end -= last[end]) runs.insert(runs.begin(), last[end]);
  return runs;
}

/// Operands of conv2d_s8 that are constant.
struct Layer {
  const std::int8_t* weights;
  const std::int32_t* bias;  ///< null for zeros
  const std::int32_t* multipliers;
  const std::int32_t* shifts;
};

/// What comes of a channel's requantization.
struct FittedStep {
  Step step;
  std::int32_t bias;
  std::vector<std::int32_t> constants;
};

inline FittedStep fit_step(const ChannelRequantization& channel) {
  LanesConstants c{};
  LanesForm form = fit_best_lanes(channel, c);
  // There is no code for both sides of Medium.
  if (form == LanesForm::Medium && c.pivot != 0 && !fit_lanes(channel, form = LanesForm::Wide, c)) {
    form = LanesForm::General;
  }
  if (form == LanesForm::General) return {Step::General, 0, {channel.bias, channel.multiplier, channel.shift}};
  FittedStep result{Step::Medium, c.bias, {}};
  const auto add = [&result](std::uint32_t word) { result.constants.push_back(static_cast<std::int32_t>(word)); };
  add(c.multiplier);
  if (form == LanesForm::Wide) add(c.low);
  add(c.range);
  add(c.offset);
  if (c.pivot != 0) {
    add(c.pivot);
    add(c.offset_below);
  }
  if (form == LanesForm::Narrow) result.step = c.pivot != 0 ? Step::NarrowTwoSided : Step::Narrow;
  if (form == LanesForm::Wide) result.step = c.pivot != 0 ? Step::WideTwoSided : Step::Wide;
  return result;
}

struct PreparedChannel {
  FittedStep fitted;
  std::vector<std::uint8_t> runs;
};

inline PreparedChannel prepare_channel(const Conv2dLanesS8Params& p, const Layer& layer, std::int32_t channel) {
  const std::int32_t taps = Conv2dLanesS8::taps(p);
  const std::int8_t* weights = layer.weights + channel * taps;
  ChannelRequantization requantization{};
  const bool fits = fold_input_offset(weights, taps, 1, -p.pad_value, layer.bias != nullptr ? layer.bias[channel] : 0,
                                      requantization);
  requantization.multiplier = layer.multipliers[channel], requantization.shift = layer.shifts[channel];
  requantization.output_offset = p.output_offset;
  requantization.activation_min = p.activation_min, requantization.activation_max = p.activation_max;
  // What wraps is for form General alone.
  if (!fits) requantization.lowest = INT64_MIN / 4, requantization.highest = INT64_MAX / 4;
  return {fit_step(requantization), divide_into_runs(weights, taps)};
}

inline std::vector<PreparedChannel> prepare_channels(const Conv2dLanesS8Params& p, const Layer& layer) {
  std::vector<PreparedChannel> channels;
  for (std::int32_t channel = 0; channel < p.output_channels; ++channel) {
    channels.push_back(prepare_channel(p, layer, channel));
  }
  return channels;
}

/// Appends a channel's record.
inline void append_record(const PreparedChannel& channel, const std::int8_t* weights,
                          std::vector<std::int32_t>& words) {
  const auto runs = static_cast<std::int32_t>(channel.runs.size());
  words.push_back(static_cast<std::int32_t>(channel.fitted.step) | folds(runs) * 256);
  words.push_back(channel.fitted.bias);
  words.insert(words.end(), channel.fitted.constants.begin(), channel.fitted.constants.end());
  for (std::size_t first = 0; first < channel.runs.size(); first += most_runs) {
    const std::size_t end = std::min(first + most_runs, channel.runs.size());
    std::vector<std::int8_t> bytes;
    for (std::size_t run = first; run < end; ++run) {
      bytes.push_back(static_cast<std::int8_t>(channel.runs[run]));
      bytes.insert(bytes.end(), weights, weights + channel.runs[run]);
      weights += channel.runs[run];
    }
    const auto count = static_cast<std::int32_t>(end - first);
    words.push_back((static_cast<std::int32_t>(bytes.size()) - count) | count << 16);
    bytes.resize((bytes.size() + 3) / 4 * 4);
    const std::size_t begin = words.size();
    words.resize(begin + bytes.size() / 4);
    std::memcpy(words.data() + begin, bytes.data(), bytes.size());
  }
}

inline std::vector<std::uint8_t> bytes_of(const std::vector<std::int32_t>& words) {
  std::vector<std::uint8_t> bytes(words.size() * 4);
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

/// The operand `weights` with ready streams.
inline std::vector<std::uint8_t> make_streams(const Conv2dLanesS8Params& p, const Layer& layer,
                                              const std::vector<PreparedChannel>& channels) {
  std::vector<std::int32_t> words, record;
  const std::int32_t taps = Conv2dLanesS8::taps(p);
  const std::int8_t* weights = layer.weights;
  for (const PreparedChannel& channel : channels) {
    record.clear();
    append_record(channel, weights, record);
    weights += taps;
    const std::size_t begin = words.size();
    const auto runs = static_cast<std::int32_t>(channel.runs.size());
    words.resize(begin + static_cast<std::size_t>(stream_words(channel.fitted.step, taps, runs) + widening_words));
    const std::int32_t* next = record.data();
    Step step{};
    const std::int32_t* end = write_stream(next, step, words.data() + begin);
    words.resize(static_cast<std::size_t>(end - words.data()));
  }
  words.push_back(end_of_channels);
  return bytes_of(words);
}

/// The ready stream of a layer with one channel and one weight.
inline std::vector<std::uint8_t> stream_of_one_weight() {
  Conv2dLanesS8Params p{};
  p.kernel_h = p.kernel_w = p.input_channels = 1;
  const std::int8_t weight = 1;
  const FittedStep fitted{Step::General, 0, {0, 1 << 30, 0}};
  return make_streams(p, {&weight, nullptr, nullptr, nullptr}, {{fitted, {1}}});
}

/// The operand `weights` with records; sets the parameters that belong to them.
inline std::vector<std::uint8_t> make_records(Conv2dLanesS8Params& p, const Layer& layer,
                                              const std::vector<PreparedChannel>& channels, std::int32_t strip_blocks) {
  std::vector<std::int32_t> words;
  const std::int32_t taps = Conv2dLanesS8::taps(p);
  const std::int8_t* weights = layer.weights;
  p.ready_streams = 0, p.strip_blocks = strip_blocks, p.stream_words = 0;
  for (const PreparedChannel& channel : channels) {
    const auto runs = static_cast<std::int32_t>(channel.runs.size());
    p.stream_words = std::max(p.stream_words, stream_words(channel.fitted.step, taps, runs) + widening_words);
    append_record(channel, weights, words);
    weights += taps;
  }
  return bytes_of(words);
}

}  // namespace pudu::kernels::conv2d_lanes
