// What the layers of a compiled program cost by estimate, in the order and in the pieces that its plan runs them: whole
// calls, or calls on some rows, each of which spends something on being called, reads rows that its neighbour reads
// too, and needs the next step to be found.
#pragma once

#include <vector>

#include "prepare/prepare.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"

namespace pudu::driver {

struct LayerCost {
  double instructions = 0;  ///< of one inference: its steps, and the moves of the rows it has written or is fed
  bool is_guess = false;    ///< no count of this kernel was measured on the ISA
};

/// One for each call. `choices` are those of the prepared kernels, with what their models predict for whole calls.
std::vector<LayerCost> layer_costs(const program::Program& program, const program::MemoryMap& memory,
                                   const std::vector<prepare::Choice>& choices);

}  // namespace pudu::driver
