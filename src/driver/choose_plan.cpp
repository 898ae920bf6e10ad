#include "driver/choose_plan.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "prepare/kernel_menu.hpp"
#include "schedule/plan_streamed.hpp"
#include "schedule/row_shapes.hpp"
#include "schedule/split_pools.hpp"

namespace pudu::driver {
namespace {

std::size_t ram_bytes(const program::MemoryMap& map) {
  return map.arena_bytes + map.state_bytes;
}

bool fits(const program::MemoryMap& map, const PlanOptions& options) {
  return !options.ram_bytes || ram_bytes(map) <= *options.ram_bytes;
}

std::size_t arena_limit(const program::Program& program, std::size_t ram) {
  program::MemoryMap states;
  states.offsets.resize(program.buffers.size());
  program::place_states(program, states);
  return ram > states.state_bytes ? ram - states.state_bytes : 0;
}

/// The kernels of the menu, for the scheduler.
schedule::KernelOptions kernel_options(const program::Program& program, const prepare::KernelMenu& menu) {
  schedule::KernelOptions options;
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    std::vector<schedule::KernelOption>& list = options.by_call.emplace_back();
    for (const prepare::Candidate& candidate : menu.by_call()[i]) {
      program::KernelCall call = program.calls[i];
      call.kernel = candidate.kernel, call.parameters = candidate.parameters;
      list.push_back({.call = std::move(call),
                      .price = menu.price_of_constants(candidate),
                      .instructions = candidate.cost.instructions,
                      .model = [&menu, &candidate](const program::Program&, const program::KernelCall& part) {
                        return menu.instructions(candidate, part);
                      }});
    }
  }
  options.apply = [&menu](std::span<const std::size_t> chosen) { return menu.apply(chosen); };
  return options;
}

/// Pools of `names` whose rows the plan adds up one by one.
std::set<std::string> pools_by_rows(const program::Program& program, const program::MemoryMap& map,
                                    const std::set<std::string>& names) {
  std::set<std::string> used;
  for (const program::Step& step : map.schedule->steps) {
    if (step.kind != program::StepKind::Rows) continue;
    for (const std::string& name : names) {
      if (program.calls[step.call].name == schedule::sums_name(name)) used.insert(name);
    }
  }
  return used;
}

/// A program and its plan by rows.
struct Streamed {
  program::Program program;
  program::MemoryMap map;
  std::set<std::string> pools;  ///< that were split
  bool has_row_shapes = false;
  std::optional<std::vector<prepare::Choice>> choices = {};  ///< of kernels, where there are some to choose from
  schedule::PlanningWork work = {};
};

/// How a plan by rows is made.
struct Manner {
  const PlanOptions& options;
  prepare::Optimize optimize;
  prepare::CandidateCache& kernels;
  bool chooses_kernels = false;  ///< the program is in the dialect's layout
};

/// With these pools split.
Result<Streamed> stream_with(const program::Program& source, std::set<std::string> pools, const Manner& manner) {
  Streamed streamed{.program = source, .map = {}, .pools = std::move(pools)};
  streamed.has_row_shapes = schedule::give_row_shapes(streamed.program);
  schedule::split_pools(streamed.program, streamed.pools);
  schedule::StreamOptions options{.is_fed = manner.options.feed == Feed::Rows,
                                  .plan_seconds = manner.options.seconds,
                                  .kernel_instructions = prepare::kernel_instructions};
  if (manner.options.ram_bytes) options.arena_bytes = arena_limit(source, *manner.options.ram_bytes);
  if (!manner.chooses_kernels) {
    PUDU_TRY_ASSIGN(schedule::StreamedPlan plan, schedule::plan_streamed(streamed.program, options));
    streamed.map = std::move(plan.map);
    streamed.work = plan.work;
    return streamed;
  }
  const prepare::KernelMenu menu(streamed.program, manner.optimize, manner.kernels);
  options.kernels = kernel_options(streamed.program, menu);
  PUDU_TRY_ASSIGN(schedule::StreamedPlan plan, schedule::plan_streamed(streamed.program, options));
  streamed.map = std::move(plan.map);
  streamed.work = plan.work;
  streamed.choices = menu.choices(plan.kernels);
  streamed.program = std::move(plan.program).value();
  return streamed;
}

/// Images of pools that are less than such a part of the arena of whole layers do not need to come by rows.
constexpr std::size_t small_part = 16;

/// Pools over images that are large beside `arena_bytes`.
std::set<std::string> large_pools(const program::Program& program, std::size_t arena_bytes) {
  std::set<std::string> pools = schedule::splittable_pools(program);
  for (const program::KernelCall& call : program.calls) {
    const program::Operand* input = call.find_operand("input");
    if (input != nullptr && program.buffer(input->buffer).bytes() * small_part < arena_bytes) pools.erase(call.name);
  }
  return pools;
}

/// The plan by rows. Pools are split into sums and means only where the rows are added up one by one. `arena_bytes` are
/// those of whole layers.
Result<Streamed> stream(const program::Program& program, const Manner& manner, std::size_t arena_bytes) {
  PUDU_TRY_ASSIGN(Streamed all, stream_with(program, large_pools(program, arena_bytes), manner));
  const std::set<std::string> used = pools_by_rows(all.program, all.map, all.pools);
  if (used == all.pools) return all;
  PUDU_TRY_ASSIGN(Streamed some, stream_with(program, used, manner));
  some.work += all.work;
  all.work = some.work;
  return some.map.arena_bytes <= all.map.arena_bytes || fits(some.map, manner.options) ? std::move(some)
                                                                                       : std::move(all);
}

/// Whole calls on part of the channels of wide layers; nothing where that lowers no peak.
struct Parts {
  program::Program program;
  std::optional<program::Program> dialect;
  PlanChoice choice;
};

Result<std::optional<Parts>> plan_parts(const program::Program& program, const std::optional<program::Program>& dialect,
                                        const Manner& manner) {
  partial::PartialProgram split = partial::split_wide_layers(dialect ? *dialect : program);
  if (split.splits.empty()) return std::optional<Parts>();
  Parts parts{std::move(split.program), std::nullopt, {}};
  if (dialect) {
    parts.dialect = parts.program;
    parts.choice.choices = prepare::prepare_program(parts.program, manner.optimize, manner.kernels);
  }
  PUDU_TRY_ASSIGN(parts.choice.map, plan_program(parts.program, manner.options));
  parts.choice.channel_splits = std::move(split.splits);
  return std::optional(std::move(parts));
}

PlanChoice take(Parts parts, program::Program& program, std::optional<program::Program>& dialect) {
  program = std::move(parts.program);
  dialect = std::move(parts.dialect);
  return std::move(parts.choice);
}

}  // namespace

Result<PlanChoice> choose_plan(program::Program& program, std::optional<program::Program>& dialect,
                               prepare::Optimize optimize, const PlanOptions& options) {
  prepare::CandidateCache kernels;
  return choose_plan(program, dialect, optimize, options, kernels);
}

Result<PlanChoice> choose_plan(program::Program& program, std::optional<program::Program>& dialect,
                               prepare::Optimize optimize, const PlanOptions& options,
                               prepare::CandidateCache& kernels) {
  PUDU_TRY_ASSIGN(program::MemoryMap layerwise, plan_program(program, options));
  const bool is_enough =
      options.memory == MemoryMode::Layerwise || (options.memory == MemoryMode::Auto && fits(layerwise, options));
  if (is_enough && options.feed == Feed::Whole) return PlanChoice{std::move(layerwise)};
  const Manner manner{options, optimize, kernels, dialect.has_value()};
  std::optional<Parts> parts;
  if (options.feed == Feed::Whole) {
    PUDU_TRY_ASSIGN(parts, plan_parts(program, dialect, manner));
    if (parts && parts->choice.map.arena_bytes >= layerwise.arena_bytes) parts.reset();
  }
  if (parts && options.ram_bytes && fits(parts->choice.map, options)) return take(*std::move(parts), program, dialect);
  PUDU_TRY_ASSIGN(Streamed streamed, stream(dialect ? *dialect : program, manner, layerwise.arena_bytes));
  if (parts && parts->choice.map.arena_bytes <= streamed.map.arena_bytes) {
    parts->choice.work = streamed.work;
    return take(*std::move(parts), program, dialect);
  }
  if (options.feed == Feed::Whole && layerwise.arena_bytes <= streamed.map.arena_bytes) {
    return PlanChoice{.map = std::move(layerwise), .work = streamed.work};
  }
  if (!dialect && (!streamed.pools.empty() || streamed.has_row_shapes)) dialect = program;
  program = std::move(streamed.program);
  return PlanChoice{.map = std::move(streamed.map), .choices = std::move(streamed.choices), .work = streamed.work};
}

}  // namespace pudu::driver
