// The program and the memory plan that an ExecuTorch program (.pte) gets: layer by layer, or by rows.
//
// A plan by rows is unrolled into the file: each step is an instruction. A runtime builds structures in RAM for every
// instruction and for every tensor when it loads a method, so many steps cost what their smaller arena spares. Plans
// are compared by both.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "driver/compile.hpp"
#include "partial/split_channels.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"
#include "schedule/planning_work.hpp"
#include "targets/target.hpp"

namespace pudu::driver {

/// RAM that ExecuTorch 1.5's runtime takes on a 32-bit device for one more convolution of a strip of rows: two tensors
/// (an EValue of 16 bytes, a TensorImpl of about 40, strides of 16 each) and a list of 15 arguments with its head.
inline constexpr std::size_t loaded_bytes_per_call = 220;

struct PtePlan {
  program::Program program;  ///< of calls that ExecuTorch's operators express
  program::MemoryMap memory;
  std::vector<partial::ChannelSplit> channel_splits = {};  ///< layers that run part of their channels at a time
  schedule::PlanningWork work = {};                        ///< of the search for plans by rows, not only this one
};

/// May buffers share memory in a plan of whole layers?
enum class Sharing : std::uint8_t { Allowed, None };

/// As the options say:
/// - Layerwise: whole calls.
/// - Streamed: the least RAM, loaded_bytes_per_call included; with a limit the fewest calls whose arena fits.
/// - Auto: whole calls where they fit the limit or there is none, else as Streamed.
/// Streamed may also, or only, mean that wide layers run part of their channels at a time (partial/split_channels.hpp);
/// buffers have other numbers than in `source` then, inputs and outputs the same order. Whole calls where all that
/// needs no less. Unsupported as legalize_for_executorch says.
Result<PtePlan> plan_pte(const program::Program& source, targets::KernelLibrary library, Sharing sharing,
                         const PlanOptions& options);

/// Does the plan run calls by rows?
bool runs_by_rows(const program::MemoryMap& memory);

}  // namespace pudu::driver
