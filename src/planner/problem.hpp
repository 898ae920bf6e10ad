// The question the planner answers: buffers with sizes and lifetimes, to be packed into one arena. It knows nothing of
// programs or networks, so that a problem can be written down, kept and replayed (corpus.hpp).
//
// A buffer is a rigid shape in the plane of steps and addresses: a rectangle, or, when its bytes come and go at
// different steps (rows of an image that are freed once they are read), the union of its extents. Shapes may interlock:
// they only must not share a byte at the same step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pudu::planner {

/// Bytes [begin_byte, end_byte) of a buffer, counted from its first, hold data during steps [begin_step, end_step).
struct PlanExtent {
  int begin_step = 0;
  int end_step = 1;
  std::size_t begin_byte = 0;
  std::size_t end_byte = 0;
  friend bool operator==(const PlanExtent&, const PlanExtent&) = default;
};

struct PlanBuffer {
  std::string name;  ///< for messages only
  std::size_t bytes = 0;
  int begin_step = 0;
  int end_step = 1;            ///< alive in [begin_step, end_step), which is not empty
  std::size_t alignment = 16;  ///< of the offset in the arena; positive
  /// Which bytes hold data when; in any order, and they may overlap. All lie within the lifetime and the bytes. Empty:
  /// all bytes, all the lifetime.
  std::vector<PlanExtent> extents = {};
};

/// Two buffers of which one is read and the other written, in ascending order of their bytes, at the one step at which
/// both are alive. They may share bytes then if the offset of `read` less that of `written` is at least `least_lead`
/// and a multiple of `grid`.
struct PlanOverlap {
  std::size_t written = 0;  ///< index of the buffer
  std::size_t read = 0;
  int step = 0;
  std::int64_t least_lead = 0;
  std::int64_t grid = 1;  ///< positive
};

struct PlanProblem {
  std::vector<PlanBuffer> buffers;
  std::vector<PlanOverlap> overlaps = {};  ///< of pairs of buffers, each pair once
};

struct Slab;  // shape.hpp

/// The greatest number of bytes that divides every alignment, and so every offset: the grain of the arena. 1 for an
/// empty problem.
std::size_t grain_bytes(const PlanProblem& problem);

/// A buffer's bytes, rounded up to a multiple of the grain: where the next buffer can begin at the earliest. (Between
/// rectangles the bytes up to the next grain serve no other buffer, whatever the plan.)
std::size_t footprint_bytes(const PlanBuffer& buffer, std::size_t grain);

/// The largest sum of bytes that hold data at one step, in grains and less what overlaps can share, or the largest
/// footprint if that is more: no plan needs less.
std::size_t liveness_lower_bound(const PlanProblem& problem);
/// Likewise, where the buffers' shapes (slabs_of) are there already.
std::size_t liveness_lower_bound(const PlanProblem& problem, const std::vector<std::vector<Slab>>& slabs);

}  // namespace pudu::planner
