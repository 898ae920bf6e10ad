// Places buffers one after the other, each where those placed before it leave room. An order of the buffers thus is a
// plan, and some order is an optimal one: that of the offsets in an optimal plan, since placed in it no buffer comes to
// lie higher than it does there. So strategies only choose orders.
//
// What all of them ask of a problem (shapes, the distances that they forbid each other, the lower bound) is computed
// once, when the placer is made.
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
  /// Places those at position `from` of the order and behind again, each as low as it can be; `offsets` are those of
  /// the ones before. False as soon as one ends above `most_bytes`: the offsets are of no use then.
  bool place_again(const std::vector<std::size_t>& order, std::size_t from, std::size_t most_bytes,
                   std::vector<std::size_t>& offsets) const;
  /// The end of the last footprint when the buffers lie at `offsets`.
  std::size_t arena_bytes(const std::vector<std::size_t>& offsets) const;

  const PlanProblem& problem() const { return problem_; }
  std::size_t lower_bound_bytes() const { return lower_bound_bytes_; }  ///< liveness_lower_bound()
  std::size_t footprint(std::size_t buffer) const { return footprints_[buffer]; }
  /// Forbidden distances of all pairs of buffers: what one call of place() costs.
  std::size_t conflict_count() const { return conflict_count_; }

  /// Two buffers whose distance is restricted.
  struct Conflict {
    std::size_t other;
    std::vector<ForbiddenDistances> distances;  ///< of this buffer from the other
  };
  const std::vector<Conflict>& conflicts(std::size_t buffer) const { return conflicts_[buffer]; }

 private:
  void add_conflicts(std::size_t a, std::size_t b, std::vector<ForbiddenDistances> distances);
  /// Offsets at which the buffer would collide with one that is placed, ascending by their lower ends.
  void collect_forbidden(std::size_t buffer, const std::vector<std::size_t>& offsets,
                         std::vector<ForbiddenDistances>& forbidden) const;
  std::size_t find_offset(std::size_t buffer, const std::vector<ForbiddenDistances>& forbidden, Fit fit) const;

  const PlanProblem& problem_;
  std::size_t lower_bound_bytes_ = 0;
  std::vector<std::size_t> footprints_;
  std::vector<std::vector<Conflict>> conflicts_;  ///< by buffer
  std::size_t conflict_count_ = 0;
};

}  // namespace pudu::planner
