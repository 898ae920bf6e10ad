// A schedule as code sees it: calls that run whole, and regions of calls that take turns row by row. The steps of a
// region are few kinds of events (a call on rows at the top of the image, in its interior, at the bottom; a slide of a
// window), each of which becomes one case of a switch; the order of the events is one number a step. Addresses are not
// stored: they follow from counters, one for the rows of each call and one for the first row of each window.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::emitters {

/// Where the rows of an operand begin: at row (`per_row` * the call's counter + `row`) / `divisor`, rounded down, less
/// the window's first row.
struct RowsOperand {
  std::string operand;
  program::BufferId buffer{};
  std::int32_t per_row = 0;  ///< 0 where the image's border cuts the rows
  std::int32_t row = 0;
  std::int32_t divisor = 1;
  friend bool operator==(const RowsOperand&, const RowsOperand&) = default;
};

/// A call, whole or on as many rows as its parameters say.
struct CallEvent {
  std::size_t index = 0;  ///< of the call in the program
  program::KernelCall call;
  std::vector<RowsOperand> operands;  ///< those that are taken by rows; empty for a whole call
  std::int32_t lead = 0;              ///< what the call's counter moves on by, first
  friend bool operator==(const CallEvent& a, const CallEvent& b) {
    return a.index == b.index && a.lead == b.lead && a.operands == b.operands && a.call.parameters == b.call.parameters;
  }
};

struct SlideEvent {
  program::BufferId buffer{};
  std::int32_t from_slot = 0, to_slot = 0, rows = 0;
  std::int32_t lead = 0;  ///< what the window's first row moves on by
  friend bool operator==(const SlideEvent&, const SlideEvent&) = default;
};

/// Rows of an input arrive; its counter is the first of them.
struct FeedEvent {
  program::BufferId buffer{};
  std::int32_t rows = 0;
  std::int32_t lead = 0;
  friend bool operator==(const FeedEvent&, const FeedEvent&) = default;
};

using Event = std::variant<CallEvent, SlideEvent, FeedEvent>;

struct RowRegion {
  std::vector<Event> kinds;         ///< different from each other
  std::vector<std::size_t> events;  ///< indices of kinds, in the order of the steps
  /// By index of a call: what its counter is before the region begins.
  std::map<std::size_t, std::int32_t> call_counters;
  /// By owner of the storage: the first row before the region, of windows that slide.
  std::map<program::BufferId, std::int32_t> sliding_windows;
  /// The same of windows that stay where they are: constants.
  std::map<program::BufferId, std::int32_t> fixed_windows;
  std::optional<program::BufferId> fed;  ///< the input that arrives by rows
  std::int32_t feed_counter = 0;
};

/// What the model does, in order: a call that runs whole (index), or a region.
using Segment = std::variant<std::size_t, RowRegion>;

/// The buffer whose window's first row is that of the buffer: itself, or the one whose storage it shares.
program::BufferId window_owner(const program::Schedule& schedule, program::BufferId id);

/// The program's calls one after the other where the map has no schedule. Internal when more than one input is fed, or
/// rows are not taken as ops::row_form says.
Result<std::vector<Segment>> segments_of(const program::Program& program, const program::MemoryMap& map);

/// The input that arrives by rows; none without a schedule.
std::optional<program::BufferId> fed_input(const program::Program& program, const program::MemoryMap& map);

}  // namespace pudu::emitters
