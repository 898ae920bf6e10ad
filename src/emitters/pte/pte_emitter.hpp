// Program + MemoryMap -> the bytes of an ExecuTorch program (.pte) that a stock ExecuTorch 1.5.1 runtime runs, with its
// Cortex-M operators on CMSIS-NN, or with Pudu's operator library (integrations/executorch).
//
// One method "forward" with planned inputs, outputs, activations and scratch in one memory pool, at the places of the
// MemoryMap: two tensors share bytes where its schedule says so, and calls that it leaves out are not written. A change
// of shape is another tensor at the same place, no call. Constants that nothing reads are not
// written, equal ones once. A second plan records for whom the program was made (pte/metadata.hpp).
// docs/executorch.md lists what becomes of each kernel.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::emitters {

/// Which of the Cortex-M operators on images are called.
enum class PteOperators : std::uint8_t {
  Nhwc,     ///< `*_nhwc`, since ExecuTorch 1.5: tensors are [N, H, W, C]
  Classic,  ///< those of every version: [N, C, H, W] with the dimension order of channels-last memory
};

struct PteOptions {
  PteOperators operators = PteOperators::Nhwc;
  /// Inputs whose port has NHWC sizes: ExecuTorch states them as [N, C, H, W] in channels-last order.
  std::set<program::BufferId> channels_last_inputs;
  std::string pudu_version;
};

/// `program` is what legalize_for_executorch made, `memory` a plan of it whose results in place are those of
/// in_place_operands(). Calls that the plan runs by rows, which are those of runs_by_rows(), are a call for every step:
/// strips of rows are tensors at the places of those rows, and rows of a window that move are copied by slice_copy.
/// Internal when the plan is another, or feeds its input by rows.
Result<std::vector<std::byte>> emit_pte(const program::Program& program, const program::MemoryMap& memory,
                                        const PteOptions& options);

}  // namespace pudu::emitters
