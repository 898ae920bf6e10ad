#include "planner/problem.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>

#include "planner/overlap.hpp"
#include "planner/shape.hpp"

namespace pudu::planner {

std::size_t grain_bytes(const PlanProblem& problem) {
  std::size_t grain = 0;
  for (const PlanBuffer& buffer : problem.buffers) grain = std::gcd(grain, buffer.alignment);
  return std::max<std::size_t>(grain, 1);
}

std::size_t footprint_bytes(const PlanBuffer& buffer, std::size_t grain) {
  return (buffer.bytes + grain - 1) / grain * grain;
}

namespace {

/// How the sums change at a step.
struct Change {
  std::int64_t bytes = 0;   ///< that hold data
  std::int64_t grains = 0;  ///< the same, each range rounded up to whole grains
  std::int64_t skewed = 0;  ///< number of ranges that do not begin with a grain
};

void add_range(Change& change, const ByteRange& range, std::size_t grain, std::int64_t sign) {
  const std::size_t bytes = range.end - range.begin;
  change.bytes += sign * static_cast<std::int64_t>(bytes);
  change.grains += sign * static_cast<std::int64_t>((bytes + grain - 1) / grain * grain);
  change.skewed += range.begin % grain == 0 ? 0 : sign;
}

}  // namespace

std::size_t liveness_lower_bound(const PlanProblem& problem) {
  return liveness_lower_bound(problem, slabs_of(problem));
}

std::size_t liveness_lower_bound(const PlanProblem& problem, const std::vector<std::vector<Slab>>& slabs) {
  const std::size_t grain = grain_bytes(problem);
  std::size_t bound = 0;
  std::map<int, Change> changes;
  for (std::size_t i = 0; i < problem.buffers.size(); ++i) {
    if (!slabs[i].empty()) bound = std::max(bound, footprint_bytes(problem.buffers[i], grain));
    for (const Slab& slab : slabs[i]) {
      for (const ByteRange& range : slab.ranges) {
        add_range(changes[slab.begin_step], range, grain, 1);
        add_range(changes[slab.end_step], range, grain, -1);
      }
    }
  }
  for (const PlanOverlap& overlap : problem.overlaps) {
    const std::int64_t shared = most_shared_bytes(problem, overlap);
    for (std::int64_t* bytes : {&changes[overlap.step].bytes, &changes[overlap.step].grains}) *bytes -= shared;
    for (std::int64_t* bytes : {&changes[overlap.step + 1].bytes, &changes[overlap.step + 1].grains}) *bytes += shared;
  }
  Change alive;
  for (const auto& [step, change] : changes) {
    alive.bytes += change.bytes;
    alive.grains += change.grains;
    alive.skewed += change.skewed;
    // Only a range that begins within a grain can use what another leaves of its last one.
    const auto bytes = static_cast<std::size_t>(alive.skewed == 0 ? alive.grains : alive.bytes);
    bound = std::max(bound, (bytes + grain - 1) / grain * grain);
  }
  return bound;
}

}  // namespace pudu::planner
