#include "planner/validate.hpp"

namespace pudu::planner {
namespace {

std::string interval(std::size_t begin, std::size_t end) {
  return "[" + std::to_string(begin) + ", " + std::to_string(end) + ")";
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
    for (std::size_t j = 0; j < i; ++j) {
      const PlanBuffer& b = buffers[j];
      const std::size_t other = plan.offsets[j];
      const bool overlap_in_time = a.begin_step < b.end_step && b.begin_step < a.end_step;
      const bool overlap_in_space =
          a.bytes > 0 && b.bytes > 0 && (begin <= other ? other - begin < a.bytes : begin - other < b.bytes);
      if (overlap_in_time && overlap_in_space) {
        fault(where, "bytes " + interval(begin, begin + a.bytes),
              "apart from '" + b.name + "' at " + interval(other, other + b.bytes) + ", alive at the same time");
      }
    }
  }
  if (error.diagnostics.empty()) return {};
  return error;
}

}  // namespace pudu::planner
