// Places buffers one after the other, each where those placed before it leave room. An order of the buffers thus is a
// plan, and some order is an optimal one: that of the offsets in an optimal plan, since placed in it no buffer comes to
// lie higher than it does there. So strategies only choose orders.
#pragma once

#include <cstddef>
#include <vector>

#include "planner/problem.hpp"

namespace pudu::planner {

/// Which of the gaps that are large enough a buffer goes into.
enum class Fit { Lowest, Tightest };

class Placer {
 public:
  /// `problem` must outlive the placer.
  explicit Placer(const PlanProblem& problem);

  /// Offsets when the buffers are placed in `order`, a permutation of their indices.
  std::vector<std::size_t> place(const std::vector<std::size_t>& order, Fit fit) const;
  std::size_t footprint(std::size_t buffer) const { return footprints_[buffer]; }
  /// Pairs of buffers that are alive at the same time: what one call of place() costs.
  std::size_t conflict_count() const { return conflict_count_; }

 private:
  struct Extent {
    std::size_t begin, end;
  };
  std::size_t find_offset(std::size_t buffer, const std::vector<Extent>& taken, Fit fit) const;

  const PlanProblem& problem_;
  std::vector<std::size_t> footprints_;
  std::vector<std::vector<std::size_t>> conflicts_;  ///< by buffer: those alive at the same time
  std::size_t conflict_count_ = 0;
};

}  // namespace pudu::planner
