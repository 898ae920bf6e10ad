// What a region needs: bytes of the arena while it runs, and instructions beyond those of its calls one by one.
#pragma once

#include <cstddef>

#include "schedule/region.hpp"
#include "schedule/row_graph.hpp"

namespace pudu::schedule {

/// Instructions of emitted code, measured in QEMU on MobileNetV2-96 and MLPerf Tiny's networks (docs/memory.md).
inline constexpr double instructions_per_step = 60;  ///< finding the next step, addresses
inline constexpr double instructions_per_slide = 40;
inline constexpr double instructions_per_slid_byte = 0.2;
/// What kernels that no model knows spend on being called once more.
inline constexpr double instructions_per_call = 250;
inline constexpr double instructions_per_call_with_scratch = 2500;  ///< convolutions that gather
inline constexpr double instructions_per_depthwise_channel = 25;

struct RegionCost {
  std::size_t bytes = 0;
  double instructions = 0;
  /// Does `bytes` count on rows of the result taking the place of rows of an input that is read?
  bool overlaps = false;
};

/// Tensors that calls behind the region need and the region does not touch are counted; its windows at their size,
/// those that begin anew with every write while they are needed; scratch of the step's own parameters; of an input that
/// dies and a result the block that they can share: results begin so far below the input that no row is written before
/// the rows there are read.
RegionCost cost_of_region(const RowGraph& graph, CallRange calls, const RegionTrace& trace);

/// One call, whole; in place where its kernel can.
RegionCost cost_of_whole_call(const RowGraph& graph, std::size_t call);

/// The input in whose memory the whole call writes its result, if there is one.
std::optional<program::BufferId> in_place_input(const RowGraph& graph, std::size_t call);

}  // namespace pudu::schedule
