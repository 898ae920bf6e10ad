// Pairs of buffers that may share bytes at the one step at which both are alive (PlanOverlap of problem.hpp): what that
// leaves of the distances that they forbid each other, and of the lower bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "planner/problem.hpp"
#include "planner/shape.hpp"

namespace pudu::planner {

/// Of an overlap whose leads lie on a grid, so many of the least are used: more tell the planner little and cost it
/// much.
inline constexpr int most_grid_leads = 64;

/// `distances` are those of buffer `b` from buffer `a`; without those that an overlap of the two allows.
std::vector<ForbiddenDistances> allow_overlap(const PlanProblem& problem, std::size_t a, std::size_t b,
                                              std::vector<ForbiddenDistances> distances);

/// The most bytes, in grains, that the two buffers can share.
std::int64_t most_shared_bytes(const PlanProblem& problem, const PlanOverlap& overlap);

/// The same of buffers whose footprints have so many bytes, at distances that are multiples of `grain`.
std::int64_t most_shared_bytes(const PlanOverlap& overlap, std::int64_t written_bytes, std::int64_t read_bytes,
                               std::int64_t grain);

}  // namespace pudu::planner
