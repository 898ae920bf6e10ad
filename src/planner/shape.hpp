// The shapes of buffers in the plane of steps and addresses (problem.hpp), in the two forms that planning needs: the
// byte ranges alive from step to step, and, for two buffers, how far apart they must not lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "planner/problem.hpp"

namespace pudu::planner {

/// Bytes [begin, end) of a buffer.
struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// The same bytes are alive during steps [begin_step, end_step).
struct Slab {
  int begin_step = 0;
  int end_step = 0;
  std::vector<ByteRange> ranges;  ///< ascending, none empty, apart from each other
};

/// The shape as slabs in the order of steps, as few as possible; steps at which no byte is alive have none.
std::vector<Slab> slabs_of(const PlanBuffer& buffer);
/// Of all buffers.
std::vector<std::vector<Slab>> slabs_of(const PlanProblem& problem);

/// Distances d with lower < d < upper.
struct ForbiddenDistances {
  std::int64_t lower = 0;
  std::int64_t upper = 0;
  friend bool operator==(const ForbiddenDistances&, const ForbiddenDistances&) = default;
};

/// Every distance (offset of `b` less that of `a`) at which the shapes would share a byte at some step; ascending, not
/// overlapping, empty when they never can.
std::vector<ForbiddenDistances> forbidden_distances(const std::vector<Slab>& a, const std::vector<Slab>& b);

}  // namespace pudu::planner
