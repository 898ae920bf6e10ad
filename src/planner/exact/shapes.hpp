// Does a packing of rigid shapes (buffers with extents, shape.hpp) into so many bytes exist? A depth-first search that
// finds one or proves that there is none.
//
// Every buffer has a range of offsets, every two buffers that restrict each other a range of distances. A node takes
// the lowest offsets that the ranges allow. If no two buffers collide there, that is a packing. Else two that do must
// lie apart: below the forbidden distances, or above them. Each choice narrows the ranges of others, until one becomes
// empty or nothing changes. No packing is lost: every distance outside of the forbidden ones is in one of the choices.
//
// Unlike rectangles (rectangles.hpp), shapes that interlock cannot be placed one after the other in the order of their
// offsets: what lies above may keep from sinking what lies below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "planner/exact/budget.hpp"
#include "planner/exact/rectangles.hpp"
#include "planner/placement.hpp"
#include "planner/problem.hpp"
#include "planner/shape.hpp"

namespace pudu::planner {

class ShapePacker {
 public:
  /// `placer` must outlive it.
  explicit ShapePacker(const Placer& placer);
  /// Of these buffers alone.
  ShapePacker(const Placer& placer, std::span<const std::size_t> buffers);

  /// As RectanglePacker::pack.
  std::optional<std::vector<std::size_t>> pack(std::size_t capacity, Preference preference, WorkBudget& budget);

 private:
  struct Item {
    std::size_t buffer = 0;  ///< index in the problem
    std::int64_t bytes = 0;
    std::int64_t alignment = 1;
    std::int64_t steps = 0;
    std::vector<std::size_t> pairs;  ///< that it is one of
  };
  struct Pair {
    std::size_t a = 0, b = 0;                       ///< items
    std::span<const ForbiddenDistances> forbidden;  ///< of b from a, ascending; the placer's
  };
  struct Range {
    std::int64_t lowest = 0, highest = 0;
  };
  enum class Kind : std::uint8_t { Offset, Distance };
  struct Change {
    Kind kind;
    std::size_t index;
    Range before;
  };
  struct Collision {
    std::size_t pair;
    ForbiddenDistances forbidden;
  };

  bool narrow_offset(std::size_t item, Range range);
  bool narrow_distance(std::size_t pair, Range range);
  bool propagate(WorkBudget& budget);
  bool revise(std::size_t pair);
  std::optional<Collision> worst_collision(WorkBudget& budget) const;
  double weight(const Pair& pair, const ForbiddenDistances& forbidden) const;
  bool solve(WorkBudget& budget);
  bool try_choice(std::size_t pair, Range range, WorkBudget& budget);
  void undo(std::size_t change_count);

  const PlanProblem& problem_;
  std::vector<Item> items_;
  std::vector<Pair> pairs_;
  Preference preference_ = Preference::LargeArea;
  std::vector<Range> offsets_;      ///< by item
  std::vector<Range> distances_;    ///< by pair
  std::vector<Change> changes_;     ///< to be undone
  std::vector<std::size_t> queue_;  ///< items whose range has changed
  std::vector<char> is_queued_;
};

}  // namespace pudu::planner
