#include "planner/validate.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace pudu::planner {
namespace {

std::string interval(std::size_t begin, std::size_t end) {
  return "[" + std::to_string(begin) + ", " + std::to_string(end) + ")";
}

/// Some bytes of a buffer where they lie in the arena, and when they are alive.
struct Part {
  int begin_step, end_step;
  std::size_t begin, end;
};

std::vector<Part> parts_of(const PlanBuffer& buffer, std::size_t offset) {
  if (buffer.extents.empty()) return {{buffer.begin_step, buffer.end_step, offset, offset + buffer.bytes}};
  std::vector<Part> parts;
  for (const PlanExtent& extent : buffer.extents) {
    parts.push_back({extent.begin_step, extent.end_step, offset + extent.begin_byte, offset + extent.end_byte});
  }
  return parts;
}

/// Two parts that share a byte at some step.
std::optional<std::pair<Part, Part>> find_collision(const std::vector<Part>& a, std::vector<Part> b) {
  std::sort(b.begin(), b.end(), [](const Part& x, const Part& y) { return x.begin_step < y.begin_step; });
  for (const Part& x : a) {
    for (const Part& y : b) {
      if (y.begin_step >= x.end_step) break;
      const bool in_time = x.begin_step < y.end_step;
      const bool in_space = x.begin < y.end && y.begin < x.end && x.begin < x.end && y.begin < y.end;
      if (in_time && in_space) return std::pair{x, y};
    }
  }
  return std::nullopt;
}

/// May these two buffers share bytes at the only step at which both hold data? Their parts must be on either side of
/// it.
bool is_allowed(const PlanProblem& problem, std::size_t a, std::size_t b, const MemoryPlan& plan) {
  for (const PlanOverlap& overlap : problem.overlaps) {
    const bool is_pair = (overlap.written == a && overlap.read == b) || (overlap.written == b && overlap.read == a);
    if (!is_pair || overlap.grid <= 0) continue;
    const auto lead = static_cast<std::int64_t>(plan.offsets[overlap.read]) -
                      static_cast<std::int64_t>(plan.offsets[overlap.written]);
    if (lead < overlap.least_lead || lead % overlap.grid != 0) continue;
    bool meet_elsewhere = false;
    for (const Part& x : parts_of(problem.buffers[a], 0)) {
      for (const Part& y : parts_of(problem.buffers[b], 0)) {
        for (const int step : {x.begin_step, x.end_step - 1, y.begin_step, y.end_step - 1}) {
          const bool is_shared = step >= x.begin_step && step < x.end_step && step >= y.begin_step && step < y.end_step;
          meet_elsewhere = meet_elsewhere || (is_shared && step != overlap.step);
        }
      }
    }
    if (!meet_elsewhere) return true;
  }
  return false;
}

}  // namespace

Status validate(const PlanProblem& problem, const MemoryPlan& plan) {
  Error error{ErrorKind::Internal, {}};
  const auto fault = [&](std::string where, std::string found, std::string allowed) {
    error.diagnostics.push_back({"", std::move(where), std::move(found), std::move(allowed), ""});
  };
  const std::vector<PlanBuffer>& buffers = problem.buffers;
  if (plan.offsets.size() != buffers.size()) {
    fault("plan", std::to_string(plan.offsets.size()) + " offsets", std::to_string(buffers.size()) + " buffers");
    return error;
  }
  if (plan.lower_bound_bytes > plan.arena_bytes) {
    fault("plan", "an arena of " + std::to_string(plan.arena_bytes) + " bytes",
          "at least the lower bound, " + std::to_string(plan.lower_bound_bytes));
  }
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const PlanBuffer& a = buffers[i];
    const std::string where = "buffer '" + a.name + "'";
    const std::size_t begin = plan.offsets[i];
    if (a.begin_step >= a.end_step) {
      fault(where, "alive from step " + std::to_string(a.begin_step) + " to " + std::to_string(a.end_step),
            "alive at one step at least");
    }
    if (a.alignment == 0 || begin % a.alignment != 0) {
      fault(where, "offset " + std::to_string(begin), "a multiple of " + std::to_string(a.alignment));
    }
    // Written so that nothing overflows: begin + a.bytes <= arena.
    if (a.bytes > 0 && (begin > plan.arena_bytes || a.bytes > plan.arena_bytes - begin)) {
      fault(where, "bytes " + interval(begin, begin + a.bytes),
            "within the arena of " + std::to_string(plan.arena_bytes) + " bytes");
    }
    for (const PlanExtent& extent : a.extents) {
      if (extent.begin_step >= extent.end_step || extent.begin_byte >= extent.end_byte ||
          extent.begin_step < a.begin_step || extent.end_step > a.end_step || extent.end_byte > a.bytes) {
        fault(where,
              "bytes " + interval(extent.begin_byte, extent.end_byte) + " alive from step " +
                  std::to_string(extent.begin_step) + " to " + std::to_string(extent.end_step),
              "some of its " + std::to_string(a.bytes) + " bytes from step " + std::to_string(a.begin_step) + " to " +
                  std::to_string(a.end_step));
      }
    }
    for (std::size_t j = 0; j < i; ++j) {
      const PlanBuffer& b = buffers[j];
      const std::size_t other = plan.offsets[j];
      const bool overlap_in_time = a.begin_step < b.end_step && b.begin_step < a.end_step;
      const bool overlap_in_space =
          a.bytes > 0 && b.bytes > 0 && (begin <= other ? other - begin < a.bytes : begin - other < b.bytes);
      if (!overlap_in_time || !overlap_in_space || is_allowed(problem, i, j, plan)) continue;
      if (const auto collision = find_collision(parts_of(a, begin), parts_of(b, other))) {
        const auto& [x, y] = *collision;
        fault(where, "bytes " + interval(x.begin, x.end),
              "apart from '" + b.name + "' at " + interval(y.begin, y.end) + ", alive at the same time");
      }
    }
  }
  if (error.diagnostics.empty()) return {};
  return error;
}

}  // namespace pudu::planner
