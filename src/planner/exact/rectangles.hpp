// Does a packing of rectangles (buffers without extents) into so many bytes exist? A depth-first search that finds one
// or proves that there is none, after the published ideas of MiniMalloc (Moffitt, "MiniMalloc: A Lightweight Memory
// Allocator for Hardware-Accelerated Machine Learning", ASPLOS 2023).
//
// Buffers are placed in the order of their offsets, each as low as those below it allow: a packing with the smallest
// sum of offsets has that form. So a node of the search only chooses the next buffer. What is left out:
//   - order: of buffers with equal offsets the one of the lower rank comes first, so no set of placed buffers is
//     reached twice by exchanging neighbours;
//   - dominance: no buffer goes where another would still fit below it;
//   - sections: of the steps at which the same buffers are alive, each needs its free height to hold what is still to
//     be placed there, in whatever order (buffers as jobs with release dates);
//   - parts: buffers that fall apart into groups without a common step are packed group by group.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "planner/exact/budget.hpp"
#include "planner/placement.hpp"
#include "planner/problem.hpp"

namespace pudu::planner {

/// Which buffers the search tries first.
enum class Preference : std::uint8_t { LongLived, LargeArea, Crowded };

class RectanglePacker {
 public:
  /// `problem` has no extents and must outlive the packer.
  explicit RectanglePacker(const Placer& placer);

  /// Offsets with which all buffers end within `capacity` bytes. Nothing: there are none, or, if the budget is spent
  /// now, none was found.
  std::optional<std::vector<std::size_t>> pack(std::size_t capacity, Preference preference, WorkBudget& budget);

 private:
  struct Item {
    std::size_t buffer = 0;  ///< index in the problem
    std::int64_t bytes = 0;  ///< footprint
    std::int64_t alignment = 1;
    std::size_t first_section = 0;
    std::size_t end_section = 0;  ///< alive in sections [first, end)
    std::vector<std::size_t> neighbours;
    std::vector<std::size_t> twins;  ///< of the same steps, bytes and alignment
  };
  struct Change {
    std::size_t item;
    std::int64_t lowest;
  };
  /// Where the last buffer was placed: the next one comes behind it.
  struct Position {
    std::int64_t offset = -1;
    std::size_t rank = 0;
  };
  struct Sections {
    std::size_t begin, end;
  };
  struct Release {
    std::int64_t lowest, bytes;
  };

  void make_sections();
  void set_ranks(Preference preference);
  std::vector<std::size_t> open_items(Sections sections) const;
  std::vector<Sections> parts(Sections sections) const;
  std::vector<std::size_t> candidates(Sections sections, Position last) const;
  bool has_open_twin_before(const Item& item, std::size_t rank) const;
  bool fits(Sections sections, std::int64_t floor, WorkBudget& budget);
  bool place_parts(Sections sections, Position last, WorkBudget& budget);
  bool place_next(Sections sections, Position last, WorkBudget& budget);
  void place(std::size_t item);
  void undo(std::size_t placed_count, std::size_t change_count);

  const PlanProblem& problem_;
  std::vector<Item> items_;
  std::vector<std::vector<std::size_t>> sections_;  ///< items alive in each
  std::int64_t capacity_ = 0;
  std::vector<std::size_t> ranks_;            ///< by item
  std::vector<std::int64_t> lowest_;          ///< by item: above all placed neighbours
  std::vector<char> is_placed_;               ///< by item
  std::vector<std::int64_t> unplaced_bytes_;  ///< by section
  std::vector<std::size_t> placed_;           ///< in order
  std::vector<Change> changes_;               ///< of lowest_, to be undone
  std::vector<Release> releases_;             ///< of fits(): kept for its memory
};

}  // namespace pudu::planner
