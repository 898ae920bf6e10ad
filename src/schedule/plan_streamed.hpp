// The memory plan of a program that runs by rows: cuts from the search, sweep directions and offsets by packing.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "planner/plan.hpp"
#include "program/memory_map.hpp"
#include "program/program.hpp"
#include "schedule/kernel_costs.hpp"
#include "schedule/planning_work.hpp"
#include "schedule/row_graph.hpp"

namespace pudu::schedule {

/// What steps cost where each takes memory, too: a plan's need is that of its arena and of its steps.
struct StepMemory {
  std::size_t bytes_per_step = 0;
  std::size_t arena_bytes = 0;  ///< of whole calls, which are as many steps: larger arenas are of no use
};

struct StreamOptions {
  bool is_fed = false;                          ///< the program's inputs arrive by rows and are windows
  std::optional<std::size_t> arena_bytes = {};  ///< the fastest plan that needs no more; none: the smallest plan, or a
                                                ///< faster one of at most 0.2 % more
  std::optional<StepMemory> step_memory = {};   ///< without arena_bytes: for the least need, by estimate, of all such
  double plan_seconds = planner::default_plan_seconds;  ///< for the last packing
  KernelModel kernel_instructions = {};                 ///< of the calls' own kernels; none: constants for any kernel
  KernelOptions kernels = {};                           ///< to choose from; none: the calls' own
  RowRules rules = {};                                  ///< not with kernels to choose from
};

struct StreamedPlan {
  program::MemoryMap map;                        ///< of `program`, if there is one
  double instructions = 0;                       ///< by estimate, of all kernels that a model knows and of steps
  std::optional<program::Program> program = {};  ///< with the kernels that were chosen, where there are options
  std::vector<std::size_t> kernels = {};         ///< by call
  PlanningWork work = {};
};

/// Unsupported when inputs are to be fed and the calls that read them do not work by rows, or a program has other than
/// one input. A plan of more than options.arena_bytes is the smallest that was found.
Result<StreamedPlan> plan_streamed(const program::Program& program, const StreamOptions& options);

}  // namespace pudu::schedule
