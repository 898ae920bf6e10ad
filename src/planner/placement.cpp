#include "planner/placement.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "planner/overlap.hpp"

namespace pudu::planner {
namespace {

constexpr std::size_t not_placed = std::numeric_limits<std::size_t>::max();

}  // namespace

Placer::Placer(const PlanProblem& problem) : problem_(problem), conflicts_(problem.buffers.size()) {
  const std::size_t grain = grain_bytes(problem);
  std::vector<std::vector<Slab>> slabs;
  for (const PlanBuffer& buffer : problem.buffers) {
    footprints_.push_back(footprint_bytes(buffer, grain));
    slabs.push_back(slabs_of(buffer));
  }
  lower_bound_bytes_ = liveness_lower_bound(problem, slabs);
  for (std::size_t a = 0; a < footprints_.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      const PlanBuffer& first = problem.buffers[a];
      const PlanBuffer& second = problem.buffers[b];
      const bool are_alive_together =
          std::max(first.begin_step, second.begin_step) < std::min(first.end_step, second.end_step);
      if (are_alive_together)
        add_conflicts(b, a, allow_overlap(problem, b, a, forbidden_distances(slabs[b], slabs[a])));
    }
  }
}

void Placer::add_conflicts(std::size_t a, std::size_t b, std::vector<ForbiddenDistances> distances) {
  if (distances.empty()) return;
  conflict_count_ += distances.size();
  std::vector<ForbiddenDistances> mirrored;
  for (const ForbiddenDistances& each : distances) mirrored.push_back({-each.upper, -each.lower});
  conflicts_[b].push_back({a, std::move(distances)});
  conflicts_[a].push_back({b, std::move(mirrored)});
}

std::vector<std::size_t> Placer::place(const std::vector<std::size_t>& order, Fit fit) const {
  std::vector<std::size_t> offsets(footprints_.size(), not_placed);
  std::vector<ForbiddenDistances> forbidden;
  for (const std::size_t buffer : order) {
    collect_forbidden(buffer, offsets, forbidden);
    offsets[buffer] = find_offset(buffer, forbidden, fit);
  }
  return offsets;
}

bool Placer::place_again(const std::vector<std::size_t>& order, std::size_t from, std::size_t most_bytes,
                         std::vector<std::size_t>& offsets) const {
  for (std::size_t position = from; position < order.size(); ++position) offsets[order[position]] = not_placed;
  std::vector<ForbiddenDistances> forbidden;
  for (std::size_t position = from; position < order.size(); ++position) {
    const std::size_t buffer = order[position];
    collect_forbidden(buffer, offsets, forbidden);
    offsets[buffer] = find_offset(buffer, forbidden, Fit::Lowest);
    if (footprints_[buffer] > 0 && offsets[buffer] + footprints_[buffer] > most_bytes) return false;
  }
  return true;
}

std::size_t Placer::arena_bytes(const std::vector<std::size_t>& offsets) const {
  std::size_t end = 0;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    // A buffer of no bytes takes none, wherever it lies.
    if (footprints_[i] > 0) end = std::max(end, offsets[i] + footprints_[i]);
  }
  return end;
}

void Placer::collect_forbidden(std::size_t buffer, const std::vector<std::size_t>& offsets,
                               std::vector<ForbiddenDistances>& forbidden) const {
  forbidden.clear();
  for (const Conflict& conflict : conflicts_[buffer]) {
    if (offsets[conflict.other] == not_placed) continue;
    const auto other = static_cast<std::int64_t>(offsets[conflict.other]);
    for (const ForbiddenDistances& each : conflict.distances) {
      forbidden.push_back({other + each.lower, other + each.upper});
    }
  }
  std::sort(forbidden.begin(), forbidden.end(),
            [](const ForbiddenDistances& x, const ForbiddenDistances& y) { return x.lower < y.lower; });
}

std::size_t Placer::find_offset(std::size_t buffer, const std::vector<ForbiddenDistances>& forbidden, Fit fit) const {
  const auto alignment = static_cast<std::int64_t>(std::max<std::size_t>(problem_.buffers[buffer].alignment, 1));
  std::int64_t free_from = 0;  // the lowest aligned offset above the forbidden ones so far
  std::int64_t best_offset = 0;
  std::int64_t best_play = std::numeric_limits<std::int64_t>::max();
  for (const ForbiddenDistances& each : forbidden) {
    if (each.upper <= 0) continue;
    if (free_from <= each.lower) {
      if (fit == Fit::Lowest) return static_cast<std::size_t>(free_from);
      if (each.lower - free_from < best_play) {
        best_play = each.lower - free_from;
        best_offset = free_from;
      }
    }
    free_from = std::max(free_from, (each.upper + alignment - 1) / alignment * alignment);
  }
  return static_cast<std::size_t>(best_play == std::numeric_limits<std::int64_t>::max() ? free_from : best_offset);
}

}  // namespace pudu::planner
