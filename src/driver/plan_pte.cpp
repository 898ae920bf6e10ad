#include "driver/plan_pte.hpp"

#include <algorithm>
#include <utility>

#include "base/own_check.hpp"
#include "emitters/pte/in_place.hpp"
#include "emitters/pte/legalize.hpp"
#include "emitters/pte/rows.hpp"
#include "schedule/make_schedule.hpp"
#include "schedule/plan_streamed.hpp"

namespace pudu::driver {
namespace {

using emitters::RowPadding;

/// Every run of a call is as dear as any other: what counts is how many there are. In the units of the scheduler's
/// prices of steps and slides.
double price_of_call(const program::Program& /*program*/, const program::KernelCall& /*call*/) {
  return 2500;
}

/// The order of CMSIS-NN's kernels is not known.
kernels::Overlap never_overlaps(const program::Program& /*program*/, const program::KernelCall& /*call*/) {
  return kernels::never_overlaps;
}

Result<program::Program> legal_program(const program::Program& source, targets::KernelLibrary library,
                                       RowPadding row_padding) {
  PUDU_TRY_ASSIGN(program::Program program, emitters::legalize_for_executorch(source, library, row_padding));
  PUDU_TRY(base::as_own_check(program::verify(program)));
  return program;
}

/// Results lie in the place of operands where both libraries allow that, and slices and parts where they are anyway.
Result<PtePlan> plan_whole_layers(const program::Program& source, targets::KernelLibrary library, Sharing sharing,
                                  double seconds) {
  PUDU_TRY_ASSIGN(program::Program program, legal_program(source, library, RowPadding::Symmetric));
  if (sharing == Sharing::Allowed) {
    PUDU_TRY_ASSIGN(program::MemoryMap memory,
                    schedule::plan_layerwise(program, seconds, {emitters::in_place_operands}));
    return PtePlan{std::move(program), std::move(memory)};
  }
  PUDU_TRY_ASSIGN(program::MemoryMap memory,
                  schedule::plan_schedule(program, program::layerwise_schedule(program), seconds));
  memory.schedule.reset();
  return PtePlan{std::move(program), std::move(memory)};
}

std::size_t step_count(const PtePlan& plan) {
  return plan.memory.schedule ? plan.memory.schedule->steps.size() : plan.program.calls.size();
}

std::size_t ram_bytes(std::size_t arena_bytes, std::size_t calls) {
  return arena_bytes + loaded_bytes_per_call * calls;
}

schedule::StreamOptions stream_options(const PlanOptions& options) {
  return {.plan_seconds = options.seconds,
          .kernel_instructions = price_of_call,
          .rules = {emitters::runs_by_rows, emitters::in_place_operands, never_overlaps}};
}

bool fits(const PtePlan& plan, const PlanOptions& options) {
  return !options.ram_bytes || plan.memory.arena_bytes <= *options.ram_bytes;
}

Result<PtePlan> plan_rows(const program::Program& source, targets::KernelLibrary library, const PlanOptions& options,
                          std::size_t most_bytes) {
  PtePlan rows;
  PUDU_TRY_ASSIGN(rows.program, legal_program(source, library, RowPadding::ByImageSize));
  schedule::StreamOptions stream = stream_options(options);
  stream.arena_bytes = options.ram_bytes;
  stream.step_memory = schedule::StepMemory{loaded_bytes_per_call, most_bytes};
  PUDU_TRY_ASSIGN(schedule::StreamedPlan plan, schedule::plan_streamed(rows.program, stream));
  rows.memory = std::move(plan.map);
  rows.work = plan.work;
  return rows;
}

/// Is `plan` to be had instead of `other`? One that fits the limit; of two that do, the one with fewer steps; else the
/// one that needs less RAM.
bool is_better(const PtePlan& plan, const PtePlan& other, const PlanOptions& options) {
  if (options.ram_bytes && fits(plan, options) != fits(other, options)) return fits(plan, options);
  if (options.ram_bytes && fits(plan, options)) return step_count(plan) < step_count(other);
  if (options.ram_bytes) return plan.memory.arena_bytes < other.memory.arena_bytes;
  return ram_bytes(plan.memory.arena_bytes, step_count(plan)) < ram_bytes(other.memory.arena_bytes, step_count(other));
}

void keep_better(PtePlan& best, PtePlan plan, const PlanOptions& options) {
  const schedule::PlanningWork before = best.work;
  if (is_better(plan, best, options)) {
    best = std::move(plan);
    best.work += before;
  } else {
    best.work += plan.work;
  }
}

}  // namespace

Result<PtePlan> plan_pte(const program::Program& source, targets::KernelLibrary library, Sharing sharing,
                         const PlanOptions& options) {
  PUDU_TRY_ASSIGN(PtePlan best, plan_whole_layers(source, library, sharing, options.seconds));
  const bool is_enough = options.memory == MemoryMode::Layerwise ||
                         (options.memory == MemoryMode::Auto && fits(best, options)) || sharing == Sharing::None;
  if (is_enough) return best;
  const std::size_t layer_bytes = best.memory.arena_bytes;
  if (partial::PartialProgram split = partial::split_wide_layers(source); !split.splits.empty()) {
    PUDU_TRY_ASSIGN(PtePlan parts, plan_whole_layers(split.program, library, sharing, options.seconds));
    parts.channel_splits = std::move(split.splits);
    keep_better(best, std::move(parts), options);
    if (options.ram_bytes && fits(best, options)) return best;
  }
  PUDU_TRY_ASSIGN(PtePlan rows, plan_rows(source, library, options, layer_bytes));
  const std::size_t row_bytes = rows.memory.arena_bytes;
  keep_better(best, std::move(rows), options);
  // Pools take whole images, so what rows need may be bound by the wide layer before one.
  partial::PartialProgram split = partial::split_wide_layers(source, row_bytes * 3 / 4);
  if (split.splits.empty() || (options.ram_bytes && fits(best, options))) return best;
  PUDU_TRY_ASSIGN(PtePlan both, plan_rows(split.program, library, options, layer_bytes));
  both.channel_splits = std::move(split.splits);
  keep_better(best, std::move(both), options);
  return best;
}

bool runs_by_rows(const program::MemoryMap& memory) {
  return memory.schedule && std::any_of(memory.schedule->steps.begin(), memory.schedule->steps.end(),
                                        [](const program::Step& step) { return step.kind == program::StepKind::Rows; });
}

}  // namespace pudu::driver
