// The question the planner answers: buffers with sizes and lifetimes, to be packed into one arena. It knows nothing of
// programs or networks, so that a problem can be written down, kept and replayed (corpus.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace pudu::planner {

struct PlanBuffer {
  std::string name;  ///< for messages only
  std::size_t bytes = 0;
  int begin_step = 0;
  int end_step = 1;            ///< alive in [begin_step, end_step), which is not empty
  std::size_t alignment = 16;  ///< of the offset in the arena; positive
};

struct PlanProblem {
  std::vector<PlanBuffer> buffers;
};

/// The greatest number of bytes that divides every alignment, and so every offset: the grain of the arena. 1 for an
/// empty problem.
std::size_t grain_bytes(const PlanProblem& problem);

/// What a buffer takes from the arena: its bytes, rounded up to a multiple of the grain. (The bytes between its end and
/// the next grain serve no other buffer, whatever the plan.)
std::size_t footprint_bytes(const PlanBuffer& buffer, std::size_t grain);

/// The largest sum of the footprints of the buffers that are alive at one step: no plan needs less.
std::size_t liveness_lower_bound(const PlanProblem& problem);

}  // namespace pudu::planner
