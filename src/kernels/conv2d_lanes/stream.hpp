// What a channel of conv2d_lanes_s8 is in flash and for the inner loops.
//
// Stream, in words; every jump is relative to the end of what came before it:
//   jump, weights              each run: its sums of products fit 16 bits for every input
//   jump, chain, bias          the fold: last jump of the channel's runs; where the rest of the folding begins
//   jump, bias * 65537         to the step after it (code_layout.hpp), for Save and Add: the bytes of x done
//   constants                  of the form of requantization
// Save, Add and Merge divide channels of more than most_runs runs; the last fold's bias is the channel's.
//
// Record, of which a stream is made in scratch: int32 step | folds << 8, bias, constants; for each fold int32 weights |
// runs << 16, then bytes: the length of each run and its codes, filled up to whole words.
#pragma once

#include <cstdint>

#include "kernels/conv2d_lanes/code_layout.hpp"
#include "kernels/requantize_lanes.hpp"

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

constexpr LanesForm form_of(Step step) noexcept {
  switch (step) {
    case Step::Medium:
      return LanesForm::Medium;
    case Step::Narrow:
    case Step::NarrowTwoSided:
      return LanesForm::Narrow;
    case Step::Wide:
    case Step::WideTwoSided:
      return LanesForm::Wide;
    default:
      return LanesForm::General;
  }
}

/// What the words of a step but General say; the bias stands in the fold.
inline LanesConstants constants_at(Step step, const std::int32_t* words) noexcept {
  LanesConstants constants{};
  const auto next = [&words] { return static_cast<std::uint32_t>(*words++); };
  constants.multiplier = next();
  if (form_of(step) == LanesForm::Wide) constants.low = next();
  constants.range = next();
  constants.offset = next();
  if (step == Step::NarrowTwoSided || step == Step::WideTwoSided) {
    constants.pivot = next();
    constants.offset_below = next();
  }
  return constants;
}

/// Folds of a channel: each takes up to most_runs.
constexpr std::int32_t folds(std::int32_t runs) noexcept {
  return (runs + most_runs - 1) / most_runs;
}

/// Most words of a stream.
constexpr std::int32_t stream_words(Step step, std::int32_t taps, std::int32_t runs) noexcept {
  // A fold is five words; more than one also pass through a Merge.
  return taps + runs + 5 * folds(runs) + 2 + constant_words(step);
}

/// Words behind a stream that making it may write, and its end.
inline constexpr std::int32_t widening_words = 4;

/// What a stream is made of behind the jump of a fold's last run.
struct Fold {
  std::int32_t runs;     ///< that are folded
  std::int32_t weights;  ///< done so far, in all folds
  bool is_first, is_last;
};

/// Writes the words of a fold behind the jump to it, without constants; `exit` becomes where the channel goes on from.
inline std::int32_t* write_fold(const Fold& fold, Step step, std::int32_t bias, std::int32_t* to,
                                std::int32_t& exit) noexcept {
  to[0] = distance(exit, fold_position);
  to[1] = distance(fold_exit, chain_position(fold.runs));
  to[2] = fold.is_last ? bias : 0;
  exit = chain_exit;
  to += 3;
  if (!fold.is_last) {
    to[0] = distance(exit, step_position(fold.is_first ? Step::Save : Step::Add));
    to[1] = fold.weights * 16;
    exit = fold.is_first ? save_exit : add_exit;
    return to + 2;
  }
  if (!fold.is_first) {
    to[0] = distance(exit, step_position(Step::Merge));
    to[1] = 0;
    exit = merge_exit;
    to += 2;
  }
  to[0] = distance(exit, step_position(step));
  to[1] = static_cast<std::int32_t>(static_cast<std::uint32_t>(bias) * 65537U);
  return to + 2;
}

/// `count` codes from a word's border on as words; up to three more are written.
inline void widen_codes(const std::int32_t* from, std::int32_t count, std::int32_t* to) noexcept {
#if defined(__thumb__) && !defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__)
#define PUDU_WIDEN_WORD  \
  "ldm %[from]!, {r0}\n" \
  "sxtb r1, r0\n"        \
  "asrs r2, r0, #8\n"    \
  "sxtb r2, r2\n"        \
  "asrs r3, r0, #16\n"   \
  "sxtb r3, r3\n"        \
  "asrs r4, r0, #24\n"   \
  "stm %[to]!, {r1-r4}\n"
  for (; count > 4; count -= 8) {
    asm volatile(".syntax unified\n" PUDU_WIDEN_WORD PUDU_WIDEN_WORD
                 : [from] "+l"(from), [to] "+l"(to)
                 :
                 : "r0", "r1", "r2", "r3", "r4", "cc", "memory");
  }
  if (count > 0) {
    asm volatile(".syntax unified\n" PUDU_WIDEN_WORD
                 : [from] "+l"(from), [to] "+l"(to)
                 :
                 : "r0", "r1", "r2", "r3", "r4", "cc", "memory");
  }
#undef PUDU_WIDEN_WORD
#else
  const auto* codes = reinterpret_cast<const std::int8_t*>(from);
  for (std::int32_t i = 0; i < (count + 3) / 4 * 4; ++i) to[i] = codes[i];
#endif
}

/// Makes the stream of a record; gives its end. `record` becomes the next one, `step` what the channel ends with.
inline std::int32_t* write_stream(const std::int32_t*& record, Step& step, std::int32_t* to) noexcept {
  const std::int32_t folds = record[0] >> 8, bias = record[1];
  step = static_cast<Step>(record[0] & 255);
  const std::int32_t words = constant_words(step);
  const std::int32_t *constants = record + 2, *part = constants + words;
  std::int32_t exit = next_exit, done = 0;
  for (std::int32_t fold = 0; fold < folds; ++fold) {
    const std::int32_t weights = *part & 0xffff, runs = *part >> 16, bytes = weights + runs;
    widen_codes(++part, bytes, to);
    part += (bytes + 3) / 4;
    for (const std::int32_t* end = to + bytes; to != end;) {
      const std::int32_t length = *to;
      const std::uint32_t ends = run_table.ends[length];
      *to = static_cast<std::int16_t>(ends) - exit;
      exit = static_cast<std::int32_t>(ends >> 16);
      to += length + 1;
    }
    done += weights;
    to = write_fold({runs, done, fold == 0, fold + 1 == folds}, step, bias, to, exit);
  }
  for (std::int32_t i = 0; i < words; ++i) *to++ = constants[i];
  record = part;
  return to;
}

/// The word behind the last channel.
inline constexpr std::int32_t end_of_channels = distance(next_exit, done_position);
/// The word behind one channel that runs over several blocks.
inline constexpr std::int32_t next_block = distance(next_exit, next_block_position);

}  // namespace pudu::kernels::conv2d_lanes
