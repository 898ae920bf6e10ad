// Which bytes of every buffer hold data at which steps of a schedule: what the planner packs, and what a simulator may
// poison when it is over.
#pragma once

#include <cstddef>
#include <vector>

#include "program/program.hpp"
#include "program/schedule.hpp"

namespace pudu::schedule {

/// The extents of a buffer and how much of the arena it spans.
struct BufferExtents {
  std::size_t bytes = 0;  ///< of its window, or of all its rows; of scratch what the neediest step wants
  std::vector<program::LiveExtent> extents;  ///< empty: not in the arena, or never used
};

/// Extents by BufferId. A row of a tensor is alive from the step that writes it up to and with the last that reads it;
/// a row of an input from step 0, of an output to the last step. Operands that are not read by rows are alive as a
/// whole. Scratch is that of the step's own parameters. A window is alive from its first row to its last, but not
/// between the last use of its rows and a slide that keeps none of them. Buffers that share the storage of another have
/// extents of their own here.
std::vector<BufferExtents> live_extents(const program::Program& program, const program::Schedule& schedule);

}  // namespace pudu::schedule
