// From regions to a schedule, and from a schedule to a memory map.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "planner/plan.hpp"
#include "program/memory_map.hpp"
#include "program/schedule.hpp"
#include "schedule/live_extents.hpp"
#include "schedule/planning_work.hpp"
#include "schedule/region.hpp"
#include "schedule/row_graph.hpp"
#include "schedule/share_storage.hpp"

namespace pudu::schedule {

/// How some calls run: as a region, or one whole call after the other.
struct RegionChoice {
  CallRange calls;
  std::optional<RegionForm> form;
};

/// `choices` cover all calls in their order. Internal when one with a form is no region.
Result<program::Schedule> make_schedule(const RowGraph& graph, std::span<const RegionChoice> choices);

/// From the first step of any extent to the end of the last, by BufferId.
std::vector<std::optional<program::Lifetime>> lifetimes_of(const std::vector<BufferExtents>& extents);

/// What a schedule's buffers need of an arena: one buffer of the planner for each that has memory of its own, with the
/// extents of all that share it.
struct ArenaProblem {
  planner::PlanProblem problem;
  std::vector<program::BufferId> owners;  ///< by index of the problem's buffer
};

/// `extents` are those of live_extents().
ArenaProblem arena_problem(const program::Program& program, const program::Schedule& schedule,
                           const std::vector<BufferExtents>& extents);

/// Gives the buffers that share memory the offsets that follow from those of their owners.
void place_shared(const program::Program& program, const program::Schedule& schedule, program::MemoryMap& map);

/// Scratch that no step needs a byte of has no lifetime, but still is an operand: it points to the arena's first byte.
void place_unused_scratch(const program::Program& program, program::MemoryMap& map);

/// Packs the buffers of the schedule into an arena, and checks the plan with the planner's validator. The map has the
/// schedule. Adds to `work`, where it is not null. Whole calls may write over their inputs as far as `overlap` allows;
/// without one never.
Result<program::MemoryMap> plan_schedule(const program::Program& program, program::Schedule schedule,
                                         double plan_seconds = planner::default_plan_seconds,
                                         const OverlapRule& overlap = {}, const planner::PlanGoal& goal = {},
                                         PlanningWork* work = nullptr);

/// Runs layer by layer, with memory shared where that makes the arena smaller or spares calls (share_storage.hpp), and
/// outputs that lie over inputs as far as kernels allow (call_overlaps.hpp). The map has a schedule only if something
/// is shared, and has passed check_schedule(). Adds to `work`, where it is not null.
Result<program::MemoryMap> plan_layerwise(const program::Program& program,
                                          double plan_seconds = planner::default_plan_seconds,
                                          const SharingRules& rules = own_sharing_rules(),
                                          const planner::PlanGoal& goal = {}, PlanningWork* work = nullptr);

}  // namespace pudu::schedule
