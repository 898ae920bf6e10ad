// Checks a plan against its problem in the most obvious way, with no code in common with the strategies.
#pragma once

#include "base/result.hpp"
#include "planner/plan.hpp"
#include "planner/problem.hpp"

namespace pudu::planner {

/// Does every pair of buffers keep its bytes apart at every step, but where an overlap allows it, every offset its
/// alignment, and every buffer end within the arena? Are the lifetimes of the problem not empty, the extents within
/// them and within their buffers, and is the stated lower bound not above the arena? Reports every fault, as Internal:
/// plans are made by Pudu.
Status validate(const PlanProblem& problem, const MemoryPlan& plan);

}  // namespace pudu::planner
