// A region: neighbouring calls of the order of execution that take turns row by row, depth first. The last call asks
// for its next rows, every call asks the ones before it for the rows that it lacks, and so no row is computed before it
// is needed, none twice, and none that nobody reads.
//
// Tensors that only calls of the region use are windows of as many rows as are ever needed at a time; all others are
// whole. A region may also be swept from the bottom of its images to the top.
//
// Limits: every call of the region works by rows; an operand that is needed whole is made outside of the region.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "program/schedule.hpp"
#include "schedule/row_graph.hpp"

namespace pudu::schedule {

/// Calls [begin, end) of the program.
struct CallRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t count() const { return end - begin; }
  friend bool operator==(const CallRange&, const CallRange&) = default;
};

enum class Sweep : std::uint8_t { Down, Up };

/// Where rows of windows wait for the next ones: where these are filled on, or parked (parked_windows.hpp).
enum class Waiting : std::uint8_t { InPlace, Parked };

/// Which of its inputs a call with several asks for first.
enum class PullOrder : std::uint8_t { AsOperands, Reversed };

struct RegionForm {
  std::int32_t rows_per_step = 1;  ///< a step computes as many rows, where it can
  PullOrder pull_order = PullOrder::AsOperands;
  Sweep sweep = Sweep::Down;
  std::int32_t slack_rows = 0;  ///< of every window beyond what it needs: rows move less often
  bool is_fed = false;          ///< the program's inputs that it reads arrive by rows
  /// By call of the region: a step of it computes at least as many rows, asked for or not. Empty: what is asked for.
  std::vector<std::int32_t> least_rows = {};
  Waiting waiting = Waiting::InPlace;
  friend bool operator==(const RegionForm&, const RegionForm&) = default;
};

/// Sweeps the other way.
void turn(RegionForm& form);

/// Of `count` rows, counted from the other end.
inline program::RowRange mirrored(program::RowRange rows, std::int32_t count) {
  return {count - rows.end, count - rows.begin};
}

/// A tensor of the region.
struct RegionTensor {
  program::BufferId buffer{};
  std::int32_t rows = 0;
  std::size_t row_bytes = 0;
  bool is_window = false;
  bool is_input = false;  ///< made outside of the region, or fed
  bool dies = false;      ///< of inputs: nothing behind the region needs it
  std::int32_t window_rows = 0;
  /// Of a window: whenever rows are written, none of those before are needed any more.
  bool begins_anew = true;
  /// Of a parked window: rows that wait in its first slots at a time, and the first of the slots that are filled, which
  /// are window_rows.
  std::int32_t waiting_rows = 0;
  std::int32_t filled_slot = -1;
  bool is_parked() const { return filled_slot >= 0; }
  /// Of a window whose rows one elementwise call reads as soon as they are there: the window where its results come to
  /// lie, in the place of what they are made of.
  std::optional<std::size_t> merged_into;
};

/// Rows `rows` of a call, or, without one, of a fed tensor; rows as the sweep counts them, from 0 where it begins.
struct RegionEvent {
  std::optional<std::size_t> call;
  std::size_t tensor = 0;  ///< what gets the rows
  std::size_t window = 0;  ///< the tensor, or the one that it is merged into
  program::RowRange rows;
  std::int32_t row_count = 0;    ///< of all rows that there are of the kind
  std::int32_t needed_from = 0;  ///< first row of the window that is needed when these rows are there
  std::int32_t rows_read = 0;    ///< of a call: most rows that it reads of an input
};

/// A result whose rows may take the place of an input's rows: no other call needs those any more.
struct InPlaceRows {
  std::size_t input = 0;   ///< tensor that dies in the region
  std::size_t output = 0;  ///< tensor of as many bytes
};

/// Rows of a window lie in the slots to be filled, for a while.
struct Filling {
  std::size_t begin = 0;         ///< event that writes rows, or reads such as waited
  std::size_t end = 0;           ///< behind the event after which few rows are still needed
  std::int32_t waiting = 0;      ///< rows that waited and are moved before `begin`
  std::int32_t needed_from = 0;  ///< the first of them
  std::int32_t left = 0;         ///< rows that wait from `end` on
  std::int32_t left_from = 0;    ///< the first of them
};

/// A call of the region has read rows of a window.
struct Release {
  std::size_t event = 0;
  std::size_t tensor = 0;
  std::int32_t needed_from = 0;  ///< first row that is still needed; none: INT32_MAX
};

struct RegionTrace {
  std::vector<RegionTensor> tensors;
  std::vector<RegionEvent> events;
  std::size_t first_call = 0;                   ///< of the region
  std::vector<std::vector<std::size_t>> reads;  ///< by call of the region: tensors read by rows
  std::vector<std::size_t> results;             ///< by call of the region: the tensor that it writes
  std::optional<InPlaceRows> in_place;
  std::vector<std::size_t> dying_inputs;  ///< whole tensors
  // Where windows may be parked only.
  std::vector<Release> releases;               ///< in the order of events
  std::vector<std::vector<Filling>> fillings;  ///< by tensor
  /// By event, by dying input: its first row that this event or a later one needs.
  std::vector<std::int32_t> input_lows;
  Sweep sweep = Sweep::Down;
  std::int32_t slack_rows = 0;
};

/// Nothing when the calls are no region.
std::optional<RegionTrace> trace_region(const RowGraph& graph, CallRange calls, const RegionForm& form);

/// The trace of a region whose windows wait in place and that computes one row a step, and that of the same region with
/// windows parked, where there are any to be parked: they have the same events.
struct WaitingTraces {
  RegionTrace in_place;
  std::optional<RegionTrace> parked;
};
std::optional<WaitingTraces> trace_waiting(const RowGraph& graph, CallRange calls, const RegionForm& form);

/// Slots of its window, with slack and those that a parked window does not use.
std::int32_t window_rows_of(const RegionTensor& tensor, std::int32_t slack_rows);

/// Does the event write over the rows that the one before has written?
bool goes_on(const RegionTrace& trace, std::size_t event);

/// Must the event's window, which is not parked, move before its rows are written? `first_row` is that of
/// its first slot.
bool needs_slide(const RegionTrace& trace, const RegionEvent& event, std::int32_t first_row);

/// The steps of the trace, with the slides that its windows need.
std::vector<program::Step> steps_of(const RegionTrace& trace);

}  // namespace pudu::schedule
