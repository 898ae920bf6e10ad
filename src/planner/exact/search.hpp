// Finds the smallest arena by asking again and again whether a packing into so many bytes exists: from below, which
// raises the lower bound whenever the answer is a proof that none does, and between, which lowers the best plan.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "planner/exact/budget.hpp"
#include "planner/placement.hpp"

namespace pudu::planner {

/// What is known of the smallest arena.
struct ArenaBounds {
  std::size_t lower_bytes = 0;  ///< no plan needs less
  std::size_t best_bytes = 0;   ///< of a plan that is known
};

struct SearchResult {
  ArenaBounds bounds;  ///< equal: the best plan is optimal
  /// Of a plan of bounds.best_bytes; nothing when none was found that is smaller than the one known before.
  std::optional<std::vector<std::size_t>> offsets;
};

/// Is it proved that no packing into `capacity` bytes exists? Asks only the buffers of the largest areas, which decide
/// most problems of shapes, and no longer than some thousandths of a second: no does not mean that there is one.
/// Adds to `work` what it has done.
bool is_too_small(const Placer& placer, std::size_t capacity, std::int64_t& work);

/// For problems without extents. Spends no more than the budget, beyond the last look at a few buffers.
SearchResult search_rectangles(const Placer& placer, ArenaBounds known, WorkBudget& budget);
/// For all problems.
SearchResult search_shapes(const Placer& placer, ArenaBounds known, WorkBudget& budget);

}  // namespace pudu::planner
