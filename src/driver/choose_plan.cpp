#include "driver/choose_plan.hpp"

#include <utility>

#include "schedule/plan_streamed.hpp"

namespace pudu::driver {
namespace {

std::size_t ram_bytes(const program::MemoryMap& map) {
  return map.arena_bytes + map.state_bytes;
}

bool fits(const program::MemoryMap& map, const PlanOptions& options) {
  return !options.ram_bytes || ram_bytes(map) <= *options.ram_bytes;
}

/// The plan by rows.
Result<program::MemoryMap> stream(program::Program& program, const PlanOptions& options) {
  program::MemoryMap states;
  states.offsets.resize(program.buffers.size());
  program::place_states(program, states);
  schedule::StreamOptions stream_options{.is_fed = options.feed == Feed::Rows, .plan_seconds = options.seconds};
  if (options.ram_bytes) {
    stream_options.arena_bytes = *options.ram_bytes > states.state_bytes ? *options.ram_bytes - states.state_bytes : 0;
  }
  PUDU_TRY_ASSIGN(schedule::StreamedPlan plan, schedule::plan_streamed(program, stream_options));
  return std::move(plan.map);
}

}  // namespace

Result<program::MemoryMap> choose_plan(program::Program& program, std::optional<program::Program>& dialect,
                                       const PlanOptions& options) {
  if (options.memory != MemoryMode::Streamed && options.feed == Feed::Whole) {
    PUDU_TRY_ASSIGN(program::MemoryMap layerwise, plan_program(program, options));
    if (options.memory == MemoryMode::Layerwise || fits(layerwise, options)) return layerwise;
  }
  PUDU_TRY_ASSIGN(program::MemoryMap streamed, stream(program, options));
  if (fits(streamed, options) || !dialect) return streamed;
  program::Program unprepared = *dialect;
  PUDU_TRY_ASSIGN(program::MemoryMap small, stream(unprepared, options));
  if (!fits(small, options)) return streamed;
  program = std::move(unprepared);
  dialect.reset();
  return small;
}

}  // namespace pudu::driver
