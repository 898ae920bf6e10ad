// What a channel of conv2d_lanes_s8 is in flash and for the inner loops.
//
// Stream, in words; every jump is relative to the end of what came before it:
//   jump, weights              each run: its sums of products fit 16 bits for every input
//   jump, chain, bias          the fold: last jump of the channel's runs; where the rest of the folding begins
//   jump, bias * 65537         to the step after it (code_layout.hpp), for Save and Add: the bytes of x done
//   constants                  of the form of requantization
// Save, Add and Merge divide channels of more than most_runs runs; the last fold's bias is the channel's.
//
// Record: int32 step | runs << 8, bias, constants; the runs' lengths as bytes, filled up to whole words; the codes of
// the weights, filled up to whole words.
#pragma once

#include <cstdint>

#include "kernels/conv2d_lanes/code_layout.hpp"

namespace pudu::kernels::conv2d_lanes {

/// Words of a step's constants.
constexpr std::int32_t constant_words(Step step) noexcept {
  switch (step) {
    case Step::Medium:
    case Step::Narrow:
    case Step::General:
      return 3;
    case Step::Wide:
      return 4;
    case Step::NarrowTwoSided:
      return 5;
    case Step::WideTwoSided:
      return 6;
    default:
      return 0;
  }
}

/// A channel to make a stream of.
struct Channel {
  Step step;
  std::int32_t bias;
  const std::int32_t* constants;  ///< constant_words(step)
  const std::int8_t* weights;
  const std::uint8_t* run_lengths;  ///< that sum up to all weights
  std::int32_t runs;
};

/// Folds of a channel: each takes up to most_runs.
constexpr std::int32_t folds(std::int32_t runs) noexcept {
  return (runs + most_runs - 1) / most_runs;
}

constexpr std::int32_t stream_words(Step step, std::int32_t taps, std::int32_t runs) noexcept {
  // A fold is five words; more than one also pass through a Merge.
  return taps + runs + 5 * folds(runs) + (folds(runs) > 1 ? 2 : 0) + constant_words(step);
}

inline std::int32_t* write_weights(const std::int8_t* from, std::int32_t count, std::int32_t* to) noexcept {
  for (; count >= 4; count -= 4, from += 4, to += 4) {
    const std::int32_t a = from[0], b = from[1], c = from[2], d = from[3];
    to[0] = a, to[1] = b, to[2] = c, to[3] = d;
  }
  if ((count & 2) != 0) {
    const std::int32_t a = from[0], b = from[1];
    to[0] = a, to[1] = b, to += 2, from += 2;
  }
  if ((count & 1) != 0) *to++ = *from;
  return to;
}

/// Writes stream_words; gives their end. A stream follows another one, or begins.
inline std::int32_t* write_stream(const Channel& channel, std::int32_t* to) noexcept {
  std::int32_t exit = next_exit, left = channel.runs, done = 0;
  const std::int8_t* weights = channel.weights;
  const std::uint8_t* length = channel.run_lengths;
  for (bool is_first = true; left > 0; is_first = false) {
    const std::int32_t runs = left > most_runs ? most_runs : left;
    left -= runs;
    for (std::int32_t run = 0; run < runs; ++run, ++length) {
      *to++ = distance(exit, run_table.position[*length]);
      exit = run_table.exit[*length];
      to = write_weights(weights, *length, to);
      weights += *length, done += *length;
    }
    const std::int32_t bias = left > 0 ? 0 : channel.bias;
    *to++ = distance(exit, fold_position);
    *to++ = distance(fold_exit, chain_position(runs));
    *to++ = bias;
    if (left > 0) {
      *to++ = distance(chain_exit, step_position(is_first ? Step::Save : Step::Add));
      *to++ = done * 16;
      exit = is_first ? save_exit : add_exit;
      continue;
    }
    exit = chain_exit;
    const auto both = static_cast<std::int32_t>(static_cast<std::uint32_t>(bias) * 65537U);
    if (!is_first) {
      *to++ = distance(exit, step_position(Step::Merge));
      *to++ = 0;
      exit = merge_exit;
    }
    *to++ = distance(exit, step_position(channel.step));
    *to++ = both;
  }
  for (std::int32_t i = 0; i < constant_words(channel.step); ++i) *to++ = channel.constants[i];
  return to;
}

/// Words of a channel's record.
constexpr std::int32_t record_words(Step step, std::int32_t taps, std::int32_t runs) noexcept {
  return 2 + constant_words(step) + (runs + 3) / 4 + (taps + 3) / 4;
}

/// The channel of a record, which stays where it is.
inline Channel read_record(const std::int32_t* record) noexcept {
  Channel channel{};
  channel.step = static_cast<Step>(record[0] & 255), channel.runs = record[0] >> 8;
  channel.bias = record[1];
  channel.constants = record + 2;
  channel.run_lengths = reinterpret_cast<const std::uint8_t*>(channel.constants + constant_words(channel.step));
  channel.weights = reinterpret_cast<const std::int8_t*>(channel.run_lengths + (channel.runs + 3) / 4 * 4);
  return channel;
}

/// The word behind the last channel.
inline constexpr std::int32_t end_of_channels = distance(next_exit, done_position);
/// The word behind one channel that runs over several blocks.
inline constexpr std::int32_t next_block = distance(next_exit, next_block_position);

}  // namespace pudu::kernels::conv2d_lanes
