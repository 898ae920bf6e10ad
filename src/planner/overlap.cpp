#include "planner/overlap.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace pudu::planner {
namespace {

/// Distances of all offsets are multiples of it.
std::int64_t grain_of(const PlanProblem& problem, const PlanOverlap& overlap) {
  return static_cast<std::int64_t>(std::max<std::size_t>(
      std::gcd(problem.buffers[overlap.written].alignment, problem.buffers[overlap.read].alignment), 1));
}

std::int64_t rounded_up(std::int64_t value, std::int64_t multiple) {
  const std::int64_t rest = value % multiple;
  return rest > 0 ? value + multiple - rest : value - rest;
}

/// Reversed, in both senses: of `a` from `b` instead of `b` from `a`.
std::vector<ForbiddenDistances> mirrored(const std::vector<ForbiddenDistances>& distances) {
  std::vector<ForbiddenDistances> result;
  for (auto each = distances.rbegin(); each != distances.rend(); ++each) result.push_back({-each->upper, -each->lower});
  return result;
}

/// `leads` are forbidden distances of what is read from what is written.
std::vector<ForbiddenDistances> without_allowed(const std::vector<ForbiddenDistances>& leads,
                                                const PlanOverlap& overlap, std::int64_t grain) {
  std::vector<ForbiddenDistances> result;
  const auto add = [&](std::int64_t lower, std::int64_t upper) {
    if (upper - lower > 1) result.push_back({lower, upper});
  };
  const std::int64_t step = std::lcm(overlap.grid, grain);
  for (const ForbiddenDistances& each : leads) {
    if (step == grain) {
      add(each.lower, std::min(each.upper, overlap.least_lead));
      continue;
    }
    std::int64_t lower = each.lower;
    std::int64_t allowed = rounded_up(std::max(overlap.least_lead, each.lower + 1), step);
    for (int count = 0; count < most_grid_leads && allowed < each.upper; ++count, allowed += step) {
      add(lower, allowed);
      lower = allowed;
    }
    add(lower, each.upper);
  }
  return result;
}

}  // namespace

std::vector<ForbiddenDistances> allow_overlap(const PlanProblem& problem, std::size_t a, std::size_t b,
                                              std::vector<ForbiddenDistances> distances) {
  for (const PlanOverlap& overlap : problem.overlaps) {
    const std::int64_t grain = grain_of(problem, overlap);
    if (overlap.written == a && overlap.read == b) return without_allowed(distances, overlap, grain);
    if (overlap.written == b && overlap.read == a) {
      return mirrored(without_allowed(mirrored(distances), overlap, grain));
    }
  }
  return distances;
}

std::int64_t most_shared_bytes(const PlanProblem& problem, const PlanOverlap& overlap) {
  const std::size_t arena_grain = grain_bytes(problem);
  const auto written = static_cast<std::int64_t>(footprint_bytes(problem.buffers[overlap.written], arena_grain));
  const auto read = static_cast<std::int64_t>(footprint_bytes(problem.buffers[overlap.read], arena_grain));
  return most_shared_bytes(overlap, written, read, grain_of(problem, overlap));
}

std::int64_t most_shared_bytes(const PlanOverlap& overlap, std::int64_t written_bytes, std::int64_t read_bytes,
                               std::int64_t grain) {
  if (overlap.least_lead <= 0) return std::min(written_bytes, read_bytes);
  const std::int64_t lead = rounded_up(overlap.least_lead, std::lcm(overlap.grid, grain));
  return std::max<std::int64_t>(0, std::min(lead + read_bytes, written_bytes) - lead);
}

}  // namespace pudu::planner
