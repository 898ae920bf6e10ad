// Places buffers one after the other, each where those placed before it leave room. An order of the buffers thus is a
// plan, and some order is an optimal one: that of the offsets in an optimal plan, since placed in it no buffer comes to
// lie higher than it does there. So strategies only choose orders.
#pragma once

#include <cstddef>
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

  /// Offsets when the buffers are placed in `order`, a permutation of their indices.
  std::vector<std::size_t> place(const std::vector<std::size_t>& order, Fit fit) const;
  std::size_t footprint(std::size_t buffer) const { return footprints_[buffer]; }
  /// Forbidden distances of all pairs of buffers: what one call of place() costs.
  std::size_t conflict_count() const { return conflict_count_; }

 private:
  /// Two buffers whose distance is restricted.
  struct Conflict {
    std::size_t other;
    std::vector<ForbiddenDistances> distances;  ///< of this buffer from the other
  };
  void add_conflicts(std::size_t a, std::size_t b, std::vector<ForbiddenDistances> distances);
  std::size_t find_offset(std::size_t buffer, const std::vector<ForbiddenDistances>& forbidden, Fit fit) const;

  const PlanProblem& problem_;
  std::vector<std::size_t> footprints_;
  std::vector<std::vector<Conflict>> conflicts_;  ///< by buffer
  std::size_t conflict_count_ = 0;
};

}  // namespace pudu::planner
