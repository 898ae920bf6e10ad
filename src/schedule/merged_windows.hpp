// Elementwise calls of a region that work in place: a call that reads rows of a window as soon as they are written, and
// that may write its result over them, needs no window for what it reads. The rows are computed where the result is to
// lie.
#pragma once

#include "schedule/region.hpp"
#include "schedule/row_graph.hpp"

namespace pudu::schedule {

/// Sets merged_into of such windows, and the windows of the events that write them. Windows of which another call reads
/// a row, or which are read later than by the very next step, stay as they are, as do those of parked rows.
void merge_windows(RegionTrace& trace, const RowGraph& graph);

}  // namespace pudu::schedule
