// Windows that share the slots where they are filled. A window under a tall kernel is full only while the kernel reads
// it; between, a few rows wait for the next ones. Parked windows keep those rows in a place of their own, and have them
// moved before the others when new ones come, so that several of them are filled in one place.
//
//   arena   | rows of a | rows of b | rows of c wait, and are filled on:  |
//           |           |           |           | a or b while it is full  |
//
// A parked window is one buffer: its first slots are for rows that wait, then come slots that it never uses, and its
// last ones are those to be filled. The planner lets buffers lie in the slots that others do not use.
#pragma once

#include "schedule/region.hpp"

namespace pudu::schedule {

/// Divides the windows of the trace into groups of which no two are filled at the same time, and parks them: sets their
/// RegionTensor::waiting_rows and filled_slot, and the fillings of the trace. The rows of the last one of a group wait
/// in its first slots to be filled; behind them the others are filled.
void park_windows(RegionTrace& trace);

}  // namespace pudu::schedule
