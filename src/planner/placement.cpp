#include "planner/placement.hpp"

#include <algorithm>
#include <limits>

namespace pudu::planner {

Placer::Placer(const PlanProblem& problem) : problem_(problem), conflicts_(problem.buffers.size()) {
  const std::size_t grain = grain_bytes(problem);
  for (const PlanBuffer& buffer : problem.buffers) footprints_.push_back(footprint_bytes(buffer, grain));
  for (std::size_t a = 0; a < footprints_.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const PlanBuffer& first = problem.buffers[a];
      const PlanBuffer& second = problem.buffers[b];
      const bool are_alive_together =
          std::max(first.begin_step, second.begin_step) < std::min(first.end_step, second.end_step);
      if (!are_alive_together || footprints_[a] == 0 || footprints_[b] == 0) continue;
      conflicts_[a].push_back(b);
      conflicts_[b].push_back(a);
      ++conflict_count_;
    }
  }
}

std::vector<std::size_t> Placer::place(const std::vector<std::size_t>& order, Fit fit) const {
  constexpr std::size_t not_placed = std::numeric_limits<std::size_t>::max();
  std::vector<std::size_t> offsets(footprints_.size(), not_placed);
  std::vector<Extent> taken;
  for (const std::size_t buffer : order) {
    taken.clear();
    for (const std::size_t other : conflicts_[buffer]) {
      if (offsets[other] != not_placed) taken.push_back({offsets[other], offsets[other] + footprints_[other]});
    }
    std::sort(taken.begin(), taken.end(), [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
    offsets[buffer] = find_offset(buffer, taken, fit);
  }
  return offsets;
}

std::size_t Placer::find_offset(std::size_t buffer, const std::vector<Extent>& taken, Fit fit) const {
  const std::size_t alignment = std::max<std::size_t>(problem_.buffers[buffer].alignment, 1);
  const auto align = [alignment](std::size_t offset) { return (offset + alignment - 1) / alignment * alignment; };
  std::size_t gap_begin = 0;  // aligned end of the extents so far
  std::size_t best_offset = 0;
  std::size_t best_gap = std::numeric_limits<std::size_t>::max();
  for (const Extent& extent : taken) {
    if (gap_begin + footprints_[buffer] <= extent.begin) {
      if (fit == Fit::Lowest) return gap_begin;
      if (extent.begin - gap_begin < best_gap) {
        best_gap = extent.begin - gap_begin;
        best_offset = gap_begin;
      }
    }
    gap_begin = std::max(gap_begin, align(extent.end));
  }
  return best_gap == std::numeric_limits<std::size_t>::max() ? gap_begin : best_offset;
}

}  // namespace pudu::planner
