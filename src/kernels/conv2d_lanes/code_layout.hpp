// Where the pieces of thumb.cpp's code lie. A stream of weights (conv2d_lanes_s8.hpp) says at the end of each piece how
// far to jump to the next one, so that a jump costs two instructions, needs no table and no relocation. All of the code
// is 16-bit instructions, so that positions follow from their numbers; the assembler checks them.
//
// Positions are bytes from the first piece. A jump is ADD pc, register: its distance counts from the jump + 4.
#pragma once

#include <cstdint>

namespace pudu::kernels::conv2d_lanes {

/// Weights of a run that there is a piece of code for.
inline constexpr std::int32_t run_lengths[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 20, 24};
inline constexpr std::int32_t longest_run = 24;
/// Runs whose sums wait on the stack (16 bytes each) before they are folded.
inline constexpr std::int32_t most_runs = 24;

/// A run makes its length times 4 products of two positions each.
constexpr std::int32_t run_instructions(std::int32_t length) noexcept {
  if (length == 1) return 8;
  return 9 * length + (length + 1) / 2 + (length % 2 != 0 ? 2 : 3);
}
constexpr std::int32_t run_position(std::int32_t length) noexcept {
  std::int32_t position = 0;
  for (const std::int32_t each : run_lengths) {
    if (each == length) break;
    position += 2 * run_instructions(each);
  }
  return position;
}
/// The length of the run at a position; 0 where there is none.
constexpr std::int32_t run_length_at(std::int32_t position) noexcept {
  for (const std::int32_t length : run_lengths) {
    if (run_position(length) == position) return length;
  }
  return 0;
}
constexpr std::int32_t run_exit(std::int32_t length) noexcept {
  return run_position(length) + 2 * run_instructions(length) - 2;
}

/// The same for each length, as a table: position - 4 in the low half, exit in the high one.
struct RunTable {
  std::uint32_t ends[longest_run + 1] = {};
};
constexpr RunTable make_run_table() noexcept {
  RunTable table;
  for (const std::int32_t length : run_lengths) {
    table.ends[length] = (static_cast<std::uint32_t>(run_position(length) - 4) & 0xffff) |
                         static_cast<std::uint32_t>(run_exit(length)) << 16;
  }
  return table;
}
inline constexpr RunTable run_table = make_run_table();

inline constexpr std::int32_t fold_position = run_exit(longest_run) + 2;
inline constexpr std::int32_t fold_exit = fold_position + 2 * 19;
/// Where the folding of `runs` goes on after the first one.
constexpr std::int32_t chain_position(std::int32_t runs) noexcept {
  return fold_exit + 2 + 2 * 13 * (most_runs - runs);
}
inline constexpr std::int32_t chain_exit = chain_position(1) + 2 * 2;

/// What comes after the runs of a channel are folded: outputs by a form of requantization (Narrow and Wide also where
/// outputs lie on both sides of their zero point), or the sums themselves; or the sums of the channel's first runs are
/// kept, added to those kept, or added to what is folded last.
enum class Step : std::int32_t { NarrowTwoSided, WideTwoSided, Medium, Narrow, Wide, General, Save, Add, Merge };
inline constexpr std::int32_t step_count = 9;

inline constexpr std::int32_t step_positions[step_count] = {3638, 4146, 4762, 5054, 5362, 5698, 5748, 5782, 5840};
constexpr std::int32_t step_position(Step step) noexcept {
  return step_positions[static_cast<std::int32_t>(step)];
}
constexpr Step step_at(std::int32_t position) noexcept {
  std::int32_t step = 0;
  while (step < step_count - 1 && step_positions[step] != position) ++step;
  return static_cast<Step>(step);
}
/// Of the jump that a Save, an Add or a Merge ends with.
inline constexpr std::int32_t save_exit = step_position(Step::Save) + 2 * 16;
inline constexpr std::int32_t add_exit = step_position(Step::Add) + 2 * 28;
inline constexpr std::int32_t merge_exit = step_position(Step::Merge) + 2 * 17;
/// Where a channel begins: x is set back, and the stream says which run comes first. Outputs go there by themselves.
inline constexpr std::int32_t next_position = 4730;
inline constexpr std::int32_t next_exit = next_position + 2 * 3;
/// After a channel's outputs: the same of the next eight positions, or the end of the stream.
inline constexpr std::int32_t next_block_position = 5876;
inline constexpr std::int32_t done_position = 5900;

/// The word of a stream for a jump.
constexpr std::int32_t distance(std::int32_t exit, std::int32_t target) noexcept {
  return target - exit - 4;
}

}  // namespace pudu::kernels::conv2d_lanes
