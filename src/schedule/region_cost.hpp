// What a region needs: bytes of the arena while it runs, and instructions. Kernels may be chosen: those with more
// scratch need fewer instructions, and how much scratch a call may have is what its region leaves of the arena then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "schedule/region.hpp"
#include "schedule/row_graph.hpp"

namespace pudu::schedule {

/// Instructions of emitted code, measured in QEMU on MobileNetV2-96 and MLPerf Tiny's networks (docs/memory.md).
inline constexpr double instructions_per_step = 60;  ///< finding the next step, addresses
inline constexpr double instructions_per_slide = 40;
inline constexpr double instructions_per_slid_byte = 0.2;

inline constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

/// What lies free between the rows of a result and those of the input whose place they take: left so, or for scratch.
/// That counts on the result and the input lying at the two ends of what they share.
enum class Gap : std::uint8_t { LeftFree, HoldsScratch };

/// What kernels of a region may take.
struct KernelRoom {
  std::size_t bytes = no_limit;  ///< of the arena while they run, everything counted
  double scratch_price = 0;      ///< instructions that a byte of scratch counts as when they are chosen
  Gap gap = Gap::LeftFree;
};

struct RegionCost {
  std::size_t bytes = 0;
  double instructions = 0;
};

/// What a region needs whatever its kernels are, and the kernels that its calls may run.
struct RegionProfile {
  struct Call {
    std::size_t call = 0;
    // Of the arena while it runs, without its scratch; and of steps where rows of a parked window waited in some bytes
    // that are free now, so that scratch of as many costs nothing. `less_gap` is without the gap, too.
    std::size_t bytes = 0;
    std::size_t bytes_less_gap = 0;
    std::size_t bytes_beside_hole = 0;
    std::size_t bytes_beside_hole_less_gap = 0;
    std::size_t hole_bytes = 0;
    std::span<const Offer> offers;  ///< of the graph's
  };

  std::size_t bytes = 0;    ///< without scratch
  double instructions = 0;  ///< of steps and slides
  /// Of rows in its windows that wait for others, about: longer regions of the same first call need no less.
  std::size_t waiting_bytes = 0;
  /// Does `bytes` count on rows of the result taking the place of rows of an input that is read?
  bool overlaps = false;
  std::vector<Call> calls;

  /// With the kernels that need least scratch.
  std::size_t least_bytes(Gap gap = Gap::LeftFree) const;
  /// With the fastest kernels of which each fits into the room; nothing where none does.
  std::optional<RegionCost> cost(const KernelRoom& room) const;
  /// These kernels: options by call.
  std::vector<std::pair<std::size_t, std::size_t>> kernels(const KernelRoom& room) const;
};

/// Tensors that calls behind the region need and the region does not touch are counted; its windows at their size,
/// those that begin anew with every write while they are needed; scratch of the step's own parameters; of an input that
/// dies and a result the block that they can share: results begin so far below the input that no row is written before
/// the rows there are read.
RegionProfile profile_of_region(const RowGraph& graph, CallRange calls, const RegionTrace& trace);

/// One call, whole; in place where its kernel can.
RegionProfile profile_of_whole_call(const RowGraph& graph, std::size_t call);

/// The same with its output over its input as far as its kernels allow; nothing where none does.
std::optional<RegionProfile> profile_of_overlapping_call(const RowGraph& graph, std::size_t call);

/// The input in whose memory the whole call writes its result, if there is one.
std::optional<program::BufferId> in_place_input(const RowGraph& graph, std::size_t call);

}  // namespace pudu::schedule
