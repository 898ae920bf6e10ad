#include "planner/shape.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace pudu::planner {
namespace {

/// By byte: how many ranges begin there, less those that end there; where both are equal, nothing.
using Multiplicities = std::map<std::size_t, int>;

/// The union of the ranges that `changes` adds up to.
std::vector<ByteRange> union_of(const Multiplicities& changes) {
  std::vector<ByteRange> ranges;
  int depth = 0;
  for (const auto& [byte, change] : changes) {
    const int before = depth;
    depth += change;
    if (before == 0 && depth > 0) ranges.push_back({byte, byte});
    if (before > 0 && depth == 0) ranges.back().end = byte;
  }
  return ranges;
}

void add(Multiplicities& changes, std::size_t byte, int change) {
  const auto at = changes.emplace(byte, 0).first;
  at->second += change;
  if (at->second == 0) changes.erase(at);
}

void append(std::vector<Slab>& slabs, Slab slab) {
  if (slab.ranges.empty()) return;
  if (!slabs.empty() && slabs.back().end_step == slab.begin_step && slabs.back().ranges == slab.ranges) {
    slabs.back().end_step = slab.end_step;
  } else {
    slabs.push_back(std::move(slab));
  }
}

}  // namespace

std::vector<Slab> slabs_of(const PlanBuffer& buffer) {
  if (buffer.bytes == 0 || buffer.begin_step >= buffer.end_step) return {};
  if (buffer.extents.empty()) return {{buffer.begin_step, buffer.end_step, {{0, buffer.bytes}}}};
  std::map<int, std::vector<const PlanExtent*>> begins;
  std::map<int, std::vector<const PlanExtent*>> ends;
  for (const PlanExtent& extent : buffer.extents) {
    if (extent.begin_step >= extent.end_step || extent.begin_byte >= extent.end_byte) continue;
    begins[extent.begin_step].push_back(&extent);
    ends[extent.end_step].push_back(&extent);
    begins[extent.end_step];  // so that every step at which something changes is a key
  }
  std::vector<Slab> slabs;
  Multiplicities alive;
  for (auto at = begins.begin(); at != begins.end(); ++at) {
    for (const PlanExtent* extent : at->second) {
      add(alive, extent->begin_byte, 1);
      add(alive, extent->end_byte, -1);
    }
    if (const auto ended = ends.find(at->first); ended != ends.end()) {
      for (const PlanExtent* extent : ended->second) {
        add(alive, extent->begin_byte, -1);
        add(alive, extent->end_byte, 1);
      }
    }
    if (std::next(at) != begins.end()) append(slabs, {at->first, std::next(at)->first, union_of(alive)});
  }
  return slabs;
}

std::vector<std::vector<Slab>> slabs_of(const PlanProblem& problem) {
  std::vector<std::vector<Slab>> slabs;
  slabs.reserve(problem.buffers.size());
  for (const PlanBuffer& buffer : problem.buffers) slabs.push_back(slabs_of(buffer));
  return slabs;
}

std::vector<ForbiddenDistances> forbidden_distances(const std::vector<Slab>& a, const std::vector<Slab>& b) {
  std::vector<ForbiddenDistances> found;
  auto first = a.begin();
  auto second = b.begin();
  while (first != a.end() && second != b.end()) {
    if (std::max(first->begin_step, second->begin_step) < std::min(first->end_step, second->end_step)) {
      for (const ByteRange& x : first->ranges) {
        for (const ByteRange& y : second->ranges) {
          found.push_back({static_cast<std::int64_t>(x.begin) - static_cast<std::int64_t>(y.end),
                           static_cast<std::int64_t>(x.end) - static_cast<std::int64_t>(y.begin)});
        }
      }
    }
    if (first->end_step < second->end_step) {
      ++first;
    } else {
      ++second;
    }
  }
  std::sort(found.begin(), found.end(),
            [](const ForbiddenDistances& x, const ForbiddenDistances& y) { return x.lower < y.lower; });
  std::vector<ForbiddenDistances> merged;
  for (const ForbiddenDistances& distances : found) {
    // Open intervals: the distance at which two of them touch is allowed.
    if (!merged.empty() && distances.lower < merged.back().upper) {
      merged.back().upper = std::max(merged.back().upper, distances.upper);
    } else {
      merged.push_back(distances);
    }
  }
  return merged;
}

}  // namespace pudu::planner
