#include "schedule/make_schedule.hpp"

#include <algorithm>
#include <utility>

#include "planner/plan.hpp"
#include "planner/validate.hpp"
#include "schedule/call_overlaps.hpp"
#include "schedule/check_schedule.hpp"
#include "schedule/live_extents.hpp"
#include "schedule/region_cost.hpp"
#include "schedule/share_storage.hpp"

namespace pudu::schedule {
namespace {

using program::BufferId;
using program::index_of;

/// `result` lies where `input` lies.
void share(program::Schedule& schedule, BufferId result, BufferId input) {
  const std::optional<program::SharedStorage>& owner = schedule.shared[index_of(input)];
  schedule.shared[index_of(result)] = owner ? *owner : program::SharedStorage{input, 0};
}

void add_whole_calls(program::Schedule& schedule, const RowGraph& graph, CallRange calls) {
  for (std::size_t call = calls.begin; call < calls.end; ++call) {
    if (const std::optional<BufferId> input = in_place_input(graph, call)) {
      share(schedule, graph.call(call).writes.front(), *input);
    }
    schedule.steps.push_back({.kind = program::StepKind::Whole, .call = call});
  }
}

planner::PlanExtent shifted(const program::LiveExtent& extent, std::size_t offset) {
  return {extent.begin_step, extent.end_step, extent.begin_byte + offset, extent.end_byte + offset};
}

}  // namespace

ArenaProblem arena_problem(const program::Program& program, const program::Schedule& schedule,
                           const std::vector<BufferExtents>& extents) {
  ArenaProblem result;
  std::vector<std::optional<std::size_t>> index_by_buffer(program.buffers.size());
  const auto add = [&](BufferId id, BufferId owner, std::size_t offset) {
    std::optional<std::size_t>& index = index_by_buffer[index_of(owner)];
    if (!index) {
      index = result.problem.buffers.size();
      result.problem.buffers.push_back({.name = program.buffer(owner).name, .begin_step = INT32_MAX, .end_step = 0});
      result.owners.push_back(owner);
    }
    planner::PlanBuffer& buffer = result.problem.buffers[*index];
    const BufferExtents& own = extents[index_of(id)];
    buffer.bytes = std::max(buffer.bytes, offset + own.bytes);
    for (const program::LiveExtent& extent : own.extents) {
      buffer.extents.push_back(shifted(extent, offset));
      buffer.begin_step = std::min(buffer.begin_step, extent.begin_step);
      buffer.end_step = std::max(buffer.end_step, extent.end_step);
    }
  };
  for (const program::Buffer& buffer : program.buffers) {
    if (extents[index_of(buffer.id)].extents.empty()) continue;
    const std::optional<program::SharedStorage>& shared = schedule.shared[index_of(buffer.id)];
    add(buffer.id, shared ? shared->owner : buffer.id, shared ? shared->offset : 0);
  }
  return result;
}

void place_shared(const program::Program& program, const program::Schedule& schedule, program::MemoryMap& map) {
  for (const program::Buffer& buffer : program.buffers) {
    const std::optional<program::SharedStorage>& shared = schedule.shared[index_of(buffer.id)];
    if (shared && map.lifetimes[index_of(buffer.id)]) {
      map.offsets[index_of(buffer.id)] = map.offsets[index_of(shared->owner)].value() + shared->offset;
    }
  }
}

void place_unused_scratch(const program::Program& program, program::MemoryMap& map) {
  for (const program::Buffer& buffer : program.buffers) {
    std::optional<std::size_t>& offset = map.offsets[index_of(buffer.id)];
    if (buffer.kind == program::BufferKind::Scratch && !offset) offset = 0;
  }
}

std::vector<std::optional<program::Lifetime>> lifetimes_of(const std::vector<BufferExtents>& extents) {
  std::vector<std::optional<program::Lifetime>> lifetimes(extents.size());
  for (std::size_t i = 0; i < extents.size(); ++i) {
    for (const program::LiveExtent& extent : extents[i].extents) {
      if (!lifetimes[i]) lifetimes[i] = program::Lifetime{extent.begin_step, extent.end_step};
      lifetimes[i]->begin_step = std::min(lifetimes[i]->begin_step, extent.begin_step);
      lifetimes[i]->end_step = std::max(lifetimes[i]->end_step, extent.end_step);
    }
  }
  return lifetimes;
}

Result<program::Schedule> make_schedule(const RowGraph& graph, std::span<const RegionChoice> choices) {
  program::Schedule schedule;
  schedule.window_rows.resize(graph.buffer_count(), 0);
  schedule.shared.resize(graph.buffer_count());
  for (const RegionChoice& choice : choices) {
    if (!choice.form) {
      add_whole_calls(schedule, graph, choice.calls);
      continue;
    }
    const std::optional<RegionTrace> trace = trace_region(graph, choice.calls, *choice.form);
    if (!trace) {
      return internal_error({.where = graph.program().calls[choice.calls.begin].name,
                             .found = "the region that begins here does not run by rows"});
    }
    for (const RegionTensor& tensor : trace->tensors) {
      if (!tensor.is_window) continue;
      const RegionTensor& window = tensor.merged_into ? trace->tensors[*tensor.merged_into] : tensor;
      schedule.window_rows[index_of(tensor.buffer)] = window_rows_of(window, trace->slack_rows);
      if (tensor.merged_into) schedule.shared[index_of(tensor.buffer)] = program::SharedStorage{window.buffer, 0};
    }
    if (trace->in_place) {
      share(schedule, trace->tensors[trace->in_place->output].buffer, trace->tensors[trace->in_place->input].buffer);
    }
    const std::vector<program::Step> steps = steps_of(*trace);
    schedule.steps.insert(schedule.steps.end(), steps.begin(), steps.end());
  }
  return schedule;
}

namespace {

Result<program::MemoryMap> pack_layerwise(const program::Program& program, double plan_seconds,
                                          const SharingRules& rules, const planner::PlanGoal& goal,
                                          PlanningWork* work) {
  Result<program::MemoryMap> plain =
      plan_schedule(program, program::layerwise_schedule(program), plan_seconds, rules.overlap, goal, work);
  if (!plain) return plain;
  plain->schedule.reset();
  StorageSharing sharing = share_storage(program, rules);
  const auto is_shared = [](const auto& shared) { return shared.has_value(); };
  if (std::none_of(sharing.shared.begin(), sharing.shared.end(), is_shared)) return plain;
  program::Schedule schedule = layerwise_schedule(program, std::move(sharing));
  const bool spares_calls = schedule.steps.size() < program.calls.size();
  Result<program::MemoryMap> map = plan_schedule(program, std::move(schedule), plan_seconds, rules.overlap, goal, work);
  if (!map) return map;
  const bool is_better = map->arena_bytes < plain->arena_bytes;
  return is_better || (spares_calls && map->arena_bytes == plain->arena_bytes) ? map : plain;
}

}  // namespace

Result<program::MemoryMap> plan_layerwise(const program::Program& program, double plan_seconds,
                                          const SharingRules& rules, const planner::PlanGoal& goal,
                                          PlanningWork* work) {
  Result<program::MemoryMap> map = pack_layerwise(program, plan_seconds, rules, goal, work);
  if (map) PUDU_TRY(check_schedule(program, *map));
  return map;
}

Result<program::MemoryMap> plan_schedule(const program::Program& program, program::Schedule schedule,
                                         double plan_seconds, const OverlapRule& overlap, const planner::PlanGoal& goal,
                                         PlanningWork* work) {
  const std::vector<BufferExtents> extents = live_extents(program, schedule);
  ArenaProblem problem = arena_problem(program, schedule, extents);
  if (overlap) add_overlaps(program, schedule, overlap, problem);
  const planner::MemoryPlan plan = planner::plan_memory(problem.problem, plan_seconds, goal);
  PUDU_TRY(planner::validate(problem.problem, plan));
  if (work != nullptr) *work += {.packed_arenas = 1, .packing_work = plan.work};
  program::MemoryMap map;
  map.offsets.resize(program.buffers.size());
  map.lifetimes = lifetimes_of(extents);
  map.arena_bytes = plan.arena_bytes;
  map.lower_bound_bytes = plan.lower_bound_bytes;
  map.strategy = plan.strategy;
  for (std::size_t i = 0; i < problem.owners.size(); ++i) {
    map.offsets[index_of(problem.owners[i])] = plan.offsets[i];
  }
  place_shared(program, schedule, map);
  place_unused_scratch(program, map);
  program::place_states(program, map);
  map.schedule = std::move(schedule);
  return map;
}

}  // namespace pudu::schedule
