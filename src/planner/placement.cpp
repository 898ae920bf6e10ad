#include "planner/placement.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "planner/overlap.hpp"

namespace pudu::planner {
namespace {

constexpr std::size_t not_placed = std::numeric_limits<std::size_t>::max();

}  // namespace

Placer::Placer(const PlanProblem& problem) : Placer(problem, slabs_of(problem)) {}

Placer::Placer(const PlanProblem& problem, const std::vector<std::vector<Slab>>& slabs)
    : problem_(problem), lower_bound_bytes_(liveness_lower_bound(problem, slabs)) {
  const std::size_t grain = grain_bytes(problem);
  for (const PlanBuffer& buffer : problem.buffers) footprints_.push_back(footprint_bytes(buffer, grain));
  find_conflicts(slabs);
}

void Placer::find_conflicts(const std::vector<std::vector<Slab>>& slabs) {
  struct Pair {
    std::size_t first, second;
    std::vector<ForbiddenDistances> distances;  ///< of the second from the first
  };
  const std::size_t count = problem_.buffers.size();
  std::vector<Pair> pairs;
  std::vector<std::size_t> counts(count, 0);
  std::size_t distance_count = 0;
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const PlanBuffer& first = problem_.buffers[b];
      const PlanBuffer& second = problem_.buffers[a];
      if (std::max(first.begin_step, second.begin_step) >= std::min(first.end_step, second.end_step)) continue;
      Pair pair{b, a, allow_overlap(problem_, b, a, forbidden_distances(slabs[b], slabs[a]))};
      if (pair.distances.empty()) continue;
      ++counts[a], ++counts[b];
      distance_count += pair.distances.size();
      pairs.push_back(std::move(pair));
    }
  }
  begins_.assign(count + 1, 0);
  for (std::size_t i = 0; i < count; ++i) begins_[i + 1] = begins_[i] + counts[i];
  conflicts_.resize(begins_.back());
  distances_.reserve(2 * distance_count);  // spans refer to them
  std::vector<std::size_t> next(begins_.begin(), begins_.end() - 1);
  for (const Pair& pair : pairs) {
    const ForbiddenDistances* begin = distances_.data() + distances_.size();
    distances_.insert(distances_.end(), pair.distances.begin(), pair.distances.end());
    conflicts_[next[pair.second]++] = {pair.first, {begin, pair.distances.size()}};
    for (const ForbiddenDistances& each : pair.distances) distances_.push_back({-each.upper, -each.lower});
    conflicts_[next[pair.first]++] = {pair.second, {begin + pair.distances.size(), pair.distances.size()}};
  }
}

std::vector<std::size_t> Placer::place(const std::vector<std::size_t>& order, Fit fit) const {
  std::vector<std::size_t> offsets(footprints_.size(), not_placed);
  Intervals forbidden;
  for (const std::size_t buffer : order) {
    forbidden.clear();
    for (const Conflict& conflict : conflicts(buffer)) {
      if (offsets[conflict.other] != not_placed) append_forbidden(conflict, offsets[conflict.other], forbidden);
    }
    offsets[buffer] = fit == Fit::Lowest ? lowest_allowed(buffer, forbidden) : tightest_allowed(buffer, forbidden);
  }
  return offsets;
}

std::size_t Placer::arena_bytes(const std::vector<std::size_t>& offsets) const {
  std::size_t end = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    // A buffer of no bytes takes none, wherever it lies.
    if (footprints_[i] > 0) end = std::max(end, offsets[i] + footprints_[i]);
  }
  return end;
}

std::int64_t Placer::alignment_of(std::size_t buffer) const {
  return static_cast<std::int64_t>(std::max<std::size_t>(problem_.buffers[buffer].alignment, 1));
}

/// Rises above what forbids the place where it is, until nothing does. What it has left below does not come back.
std::size_t Placer::lowest_allowed(std::size_t buffer, Intervals& forbidden) const {
  work_ += static_cast<std::int64_t>(forbidden.size()) + 1;
  const std::int64_t alignment = alignment_of(buffer);
  std::int64_t offset = 0;
  while (true) {
    std::int64_t above = offset;
    std::size_t kept = 0;
    for (const ForbiddenDistances& each : forbidden) {
      if (each.lower < offset) {
        above = std::max(above, each.upper);
      } else {
        forbidden[kept++] = each;
      }
    }
    if (above == offset) return static_cast<std::size_t>(offset);
    forbidden.resize(kept);
    offset = (above + alignment - 1) / alignment * alignment;
  }
}

std::size_t Placer::tightest_allowed(std::size_t buffer, Intervals& forbidden) const {
  work_ += static_cast<std::int64_t>(forbidden.size()) + 1;
  std::sort(forbidden.begin(), forbidden.end(),
            [](const ForbiddenDistances& x, const ForbiddenDistances& y) { return x.lower < y.lower; });
  const std::int64_t alignment = alignment_of(buffer);
  std::int64_t free_from = 0;  // the lowest aligned offset above the forbidden ones so far
  std::int64_t best_offset = 0;
  std::int64_t best_play = std::numeric_limits<std::int64_t>::max();
  for (const ForbiddenDistances& each : forbidden) {
    if (free_from <= each.lower && each.lower - free_from < best_play) {
      best_play = each.lower - free_from;
      best_offset = free_from;
    }
    free_from = std::max(free_from, (each.upper + alignment - 1) / alignment * alignment);
  }
  return static_cast<std::size_t>(best_play == std::numeric_limits<std::int64_t>::max() ? free_from : best_offset);
}

}  // namespace pudu::planner
