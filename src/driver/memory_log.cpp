#include "driver/memory_log.hpp"

#include "driver/compile.hpp"
#include "planner/plan.hpp"
#include "planner/validate.hpp"

namespace pudu::driver {
namespace {

struct SplitProblem {
  planner::PlanProblem arena, scratch;
};

SplitProblem split_problem(const program::Program& program) {
  SplitProblem split;
  const auto lifetimes = program::lifetimes(program);
  for (const program::Buffer& buffer : program.buffers) {
    const auto& lifetime = lifetimes[program::index_of(buffer.id)];
    if (!lifetime) continue;
    planner::PlanProblem& problem = buffer.kind == program::BufferKind::Scratch ? split.scratch : split.arena;
    problem.buffers.push_back({.name = buffer.name,
                               .bytes = buffer.bytes(),
                               .begin_step = lifetime->begin_step,
                               .end_step = lifetime->end_step});
  }
  return split;
}

}  // namespace

std::array<MemoryCounter, 7> MemoryLog::counters() const {
  return {{{"model_pte_program_size", program_bytes},
           {"model_pte_loaded_size", loaded_program_bytes},
           {"method_allocator_planned", planned_bytes},
           {"method_allocator_loaded", loaded_method_bytes},
           {"method_allocator_input", input_bytes},
           {"method_allocator_executor", executor_bytes},
           {"temp_allocator", temp_bytes}}};
}

MemoryLog memory_log(const program::Program& program, const program::MemoryMap& memory) {
  MemoryLog log;
  log.program_bytes = constant_bytes(program);
  log.loaded_program_bytes = log.program_bytes;
  log.planned_bytes = memory.arena_bytes;
  return log;
}

Result<MemoryLog> memory_log_with_scratch_pool(const program::Program& program) {
  const SplitProblem split = split_problem(program);
  const planner::MemoryPlan plan = planner::plan_memory(split.arena);
  PUDU_TRY(planner::validate(split.arena, plan));
  program::MemoryMap without_scratch;
  without_scratch.arena_bytes = plan.arena_bytes;
  MemoryLog log = memory_log(program, without_scratch);
  // Nothing outlives its call, so that every call finds the whole pool free.
  log.temp_bytes = planner::liveness_lower_bound(split.scratch);
  return log;
}

}  // namespace pudu::driver
