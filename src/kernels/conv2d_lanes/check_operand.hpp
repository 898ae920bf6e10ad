// Runs in the compiler: whether an operand `weights` of conv2d_lanes_s8, which a file may have brought, can be run. The
// portable kernel follows the operand's words without looking.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/conv2d_lanes/conv2d_lanes_s8.hpp"
#include "kernels/conv2d_lanes/stream.hpp"
#include "numerics/requantize.hpp"

namespace pudu::kernels::conv2d_lanes {

/// Walks over words, and remembers that they ended too early.
class WordReader {
 public:
  WordReader(const std::int32_t* words, std::size_t count) noexcept : next_(words), left_(count) {}

  const std::int32_t* take(std::size_t count) noexcept {
    static constexpr std::int32_t nothing[8] = {};
    if (count > left_) {
      is_whole_ = false, left_ = 0;
      return nothing;
    }
    const std::int32_t* words = next_;
    next_ += count, left_ -= count;
    return words;
  }
  bool is_whole() const noexcept { return is_whole_; }

 private:
  const std::int32_t* next_;
  std::size_t left_;
  bool is_whole_ = true;
};

constexpr bool is_output_step(std::int32_t step) noexcept {
  return step >= 0 && step <= static_cast<std::int32_t>(Step::General);
}

/// Shifts of the form General.
inline bool has_valid_constants(Step step, const std::int32_t* constants) noexcept {
  return step != Step::General || (constants[2] >= -31 && constants[2] <= 30);
}

inline bool is_run_length(std::int32_t length) noexcept {
  for (const std::int32_t each : run_lengths) {
    if (each == length) return true;
  }
  return false;
}

/// One fold of a record; gives its weights, or -1.
inline std::int32_t weights_of_fold(WordReader& reader, std::int32_t& runs) noexcept {
  const std::int32_t size = *reader.take(1), weights = size & 0xffff;
  runs = size >> 16;
  if (runs < 1 || runs > most_runs) return -1;
  const auto* bytes =
      reinterpret_cast<const std::uint8_t*>(reader.take(static_cast<std::size_t>((weights + runs + 3) / 4)));
  if (!reader.is_whole()) return -1;
  std::int32_t at = 0;
  for (std::int32_t run = 0; run < runs; ++run) {
    if (at >= weights + runs || !is_run_length(bytes[at])) return -1;
    at += 1 + bytes[at];
  }
  return at == weights + runs ? weights : -1;
}

/// `words` hold every channel's record, and each its taps.
inline bool are_records(const Conv2dLanesS8Params& p, const std::int32_t* words, std::size_t count) noexcept {
  WordReader reader(words, count);
  const std::int32_t taps = Conv2dLanesS8::taps(p);
  for (std::int32_t channel = 0; channel < p.output_channels; ++channel) {
    const std::int32_t* record = reader.take(2);
    const std::int32_t step = record[0] & 255, fold_count = record[0] >> 8;
    if (!is_output_step(step) || fold_count < 1) return false;
    const std::int32_t* constants = reader.take(static_cast<std::size_t>(constant_words(static_cast<Step>(step))));
    if (!reader.is_whole() || !has_valid_constants(static_cast<Step>(step), constants)) return false;
    std::int32_t done = 0, words_made = widening_words + constant_words(static_cast<Step>(step)) + 2;
    for (std::int32_t fold = 0; fold < fold_count; ++fold) {
      std::int32_t runs = 0;
      const std::int32_t weights = weights_of_fold(reader, runs);
      if (weights < 0 || weights > taps - done) return false;
      done += weights, words_made += weights + runs + 5;
    }
    if (done != taps || words_made > p.stream_words) return false;
  }
  return true;
}

/// One channel of a stream; `target` is where its first jump goes.
inline bool is_channel(std::int32_t taps, WordReader& reader, std::int32_t target) noexcept {
  std::int32_t done = 0, runs = 0, exit = 0;
  for (;;) {
    if (target != fold_position) {
      std::int32_t length = 0;
      for (const std::int32_t each : run_lengths) {
        if (run_position(each) == target) length = each;
      }
      if (length == 0 || length > taps - done) return false;
      const std::int32_t* weights = reader.take(static_cast<std::size_t>(length));
      if (!reader.is_whole()) return false;
      for (std::int32_t i = 0; i < length; ++i) {
        if (weights[i] < -128 || weights[i] > 127) return false;
      }
      done += length, exit = run_exit(length);
      ++runs;
    } else {
      const std::int32_t* fold = reader.take(4);
      if (runs < 1 || runs > most_runs || fold[0] != distance(fold_exit, chain_position(runs))) return false;
      runs = 0;
      target = numerics::wrapping_add(chain_exit + 4, fold[2]);
      const bool is_save = target == step_position(Step::Save), is_add = target == step_position(Step::Add);
      if (!is_save && !is_add) break;
      if (fold[3] != done * 16) return false;
      exit = is_save ? save_exit : add_exit;
    }
    target = numerics::wrapping_add(exit + 4, *reader.take(1));
    if (!reader.is_whole()) return false;
  }
  if (target == step_position(Step::Merge)) target = numerics::wrapping_add(merge_exit + 4, *reader.take(2));
  std::int32_t step = 0;
  while (is_output_step(step) && step_positions[step] != target) ++step;
  if (!is_output_step(step) || done != taps) return false;
  const std::int32_t* constants = reader.take(static_cast<std::size_t>(constant_words(static_cast<Step>(step))));
  return reader.is_whole() && has_valid_constants(static_cast<Step>(step), constants);
}

/// `words` hold the streams of all channels and their end.
inline bool are_streams(const Conv2dLanesS8Params& p, const std::int32_t* words, std::size_t count) noexcept {
  WordReader reader(words, count);
  for (std::int32_t channel = 0; channel < p.output_channels; ++channel) {
    if (!is_channel(Conv2dLanesS8::taps(p), reader, numerics::wrapping_add(next_exit + 4, *reader.take(1))))
      return false;
  }
  return *reader.take(1) == end_of_channels && reader.is_whole();
}

/// Whether the kernel can run with this operand.
inline bool is_operand(const Conv2dLanesS8Params& p, const std::int32_t* words, std::size_t count) noexcept {
  return p.ready_streams != 0 ? are_streams(p, words, count) : are_records(p, words, count);
}

}  // namespace pudu::kernels::conv2d_lanes
