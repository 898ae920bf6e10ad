// Places buffers one after the other, each where those placed before it leave room. An order of the buffers thus is a
// plan, and some order is an optimal one: that of the offsets in an optimal plan, since placed in it no buffer comes to
// lie higher than it does there. So strategies only choose orders.
//
// What all of them ask of a problem (shapes, the distances that they forbid each other, the lower bound) is computed
// once, when the placer is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "planner/problem.hpp"
#include "planner/shape.hpp"

namespace pudu::planner {

/// Which of the gaps that are large enough a buffer goes into: the one at the lowest address, or the one that leaves it
/// least play.
enum class Fit { Lowest, Tightest };

class Placer {
 public:
  /// `problem` must outlive the placer.
  explicit Placer(const PlanProblem& problem);
  /// Where the buffers' shapes (slabs_of) are there already.
  Placer(const PlanProblem& problem, const std::vector<std::vector<Slab>>& slabs);
  Placer(const Placer&) = delete;
  Placer& operator=(const Placer&) = delete;

  /// Offsets when the buffers are placed in `order`, a permutation of their indices.
  std::vector<std::size_t> place(const std::vector<std::size_t>& order, Fit fit) const;
  /// The end of the last footprint when the buffers lie at `offsets`.
  std::size_t arena_bytes(const std::vector<std::size_t>& offsets) const;

  const PlanProblem& problem() const { return problem_; }
  std::size_t lower_bound_bytes() const { return lower_bound_bytes_; }  ///< liveness_lower_bound()
  std::size_t footprint(std::size_t buffer) const { return footprints_[buffer]; }
  /// Forbidden distances of all pairs of buffers: what one call of place() costs.
  std::size_t conflict_count() const { return distances_.size() / 2; }

  /// Two buffers whose distance is restricted.
  struct Conflict {
    std::size_t other;
    std::span<const ForbiddenDistances> distances;  ///< of this buffer from the other
  };
  std::span<const Conflict> conflicts(std::size_t buffer) const {
    return {conflicts_.data() + begins_[buffer], conflicts_.data() + begins_[buffer + 1]};
  }

  /// Offsets between these bounds are forbidden.
  using Intervals = std::vector<ForbiddenDistances>;
  /// Those of a buffer, when the other one of its conflict lies at `offset`; without those below all offsets.
  static void append_forbidden(const Conflict& conflict, std::size_t offset, Intervals& forbidden) {
    const auto other = static_cast<std::int64_t>(offset);
    for (const ForbiddenDistances& each : conflict.distances) {
      if (other + each.upper > 0) forbidden.push_back({other + each.lower, other + each.upper});
    }
  }
  /// The lowest offset that the buffer may have. Leaves nothing of use in `forbidden`.
  std::size_t lowest_allowed(std::size_t buffer, Intervals& forbidden) const;
  /// Intervals looked at so far to place buffers.
  std::int64_t work() const { return work_; }

 private:
  void find_conflicts(const std::vector<std::vector<Slab>>& slabs);
  std::int64_t alignment_of(std::size_t buffer) const;
  /// The offset in the gap that leaves the buffer least play.
  std::size_t tightest_allowed(std::size_t buffer, Intervals& forbidden) const;

  const PlanProblem& problem_;
  std::size_t lower_bound_bytes_ = 0;
  std::vector<std::size_t> footprints_;
  std::vector<Conflict> conflicts_;            ///< those of a buffer behind each other
  std::vector<std::size_t> begins_;            ///< by buffer, and behind the last
  std::vector<ForbiddenDistances> distances_;  ///< what the conflicts refer to
  mutable std::int64_t work_ = 0;
};

}  // namespace pudu::planner
