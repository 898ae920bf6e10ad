#include "driver/choose_plan.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schedule/plan_streamed.hpp"
#include "schedule/split_pools.hpp"

namespace pudu::driver {
namespace {

std::size_t ram_bytes(const program::MemoryMap& map) {
  return map.arena_bytes + map.state_bytes;
}

bool fits(const program::MemoryMap& map, const PlanOptions& options) {
  return !options.ram_bytes || ram_bytes(map) <= *options.ram_bytes;
}

schedule::StreamOptions stream_options(const program::Program& program, const PlanOptions& options) {
  schedule::StreamOptions result{.is_fed = options.feed == Feed::Rows,
                                 .plan_seconds = options.seconds,
                                 .kernel_instructions = prepare::kernel_instructions};
  if (options.ram_bytes) {
    program::MemoryMap states;
    states.offsets.resize(program.buffers.size());
    program::place_states(program, states);
    result.arena_bytes = *options.ram_bytes > states.state_bytes ? *options.ram_bytes - states.state_bytes : 0;
  }
  return result;
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
};

/// The plan by rows. Pools are split into sums and means only where the rows are added up one by one.
Result<Streamed> stream(const program::Program& program, const PlanOptions& options) {
  const schedule::StreamOptions by_rows = stream_options(program, options);
  Streamed all{program, {}, schedule::splittable_pools(program)};
  schedule::split_pools(all.program, all.pools);
  PUDU_TRY_ASSIGN(schedule::StreamedPlan plan, schedule::plan_streamed(all.program, by_rows));
  all.map = std::move(plan.map);
  Streamed some{program, {}, pools_by_rows(all.program, all.map, all.pools)};
  if (some.pools == all.pools) return all;
  schedule::split_pools(some.program, some.pools);
  PUDU_TRY_ASSIGN(schedule::StreamedPlan other, schedule::plan_streamed(some.program, by_rows));
  some.map = std::move(other.map);
  return some.map.arena_bytes <= all.map.arena_bytes || fits(some.map, options) ? some : all;
}

/// By call: rows of the largest step, 0 for whole calls.
std::vector<std::int32_t> rows_of_calls(const Streamed& streamed) {
  std::vector<std::int32_t> rows(streamed.program.calls.size(), 0);
  for (const program::Step& step : streamed.map.schedule->steps) {
    if (step.kind == program::StepKind::Rows) rows[step.call] = std::max(rows[step.call], step.rows.count());
  }
  return rows;
}

/// Kernels that suit the rows may take so much more memory, where it is not limited.
constexpr double most_growth = 1.02;

/// Of a call's scratch.
constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

struct Prepared {
  Streamed streamed;
  std::vector<prepare::Choice> choices;
};

/// The same plan with kernels prepared for its rows; nothing where that takes more memory than there is, or notably
/// more.
Result<std::optional<Prepared>> prepare_for_rows(const program::Program& dialect, const Streamed& streamed,
                                                 prepare::Optimize optimize, const PlanOptions& options,
                                                 std::size_t scratch_bytes = no_limit) {
  Prepared prepared{{dialect, {}, streamed.pools}, {}};
  schedule::split_pools(prepared.streamed.program, streamed.pools);
  prepared.choices =
      prepare::prepare_program(prepared.streamed.program, optimize, rows_of_calls(streamed), scratch_bytes);
  const program::Program& program = prepared.streamed.program;
  PUDU_TRY_ASSIGN(schedule::StreamedPlan plan, schedule::plan_streamed(program, stream_options(program, options)));
  prepared.streamed.map = std::move(plan.map);
  const auto most = static_cast<std::size_t>(most_growth * static_cast<double>(streamed.map.arena_bytes));
  const bool is_small = options.ram_bytes && fits(streamed.map, options) ? fits(prepared.streamed.map, options)
                                                                         : prepared.streamed.map.arena_bytes <= most;
  if (!is_small) return std::optional<Prepared>();
  return std::optional(std::move(prepared));
}

}  // namespace

Result<PlanChoice> choose_plan(program::Program& program, std::optional<program::Program>& dialect,
                               prepare::Optimize optimize, const PlanOptions& options) {
  PUDU_TRY_ASSIGN(program::MemoryMap layerwise, plan_program(program, options));
  const bool is_enough =
      options.memory == MemoryMode::Layerwise || (options.memory == MemoryMode::Auto && fits(layerwise, options));
  if (is_enough && options.feed == Feed::Whole) return PlanChoice{std::move(layerwise)};
  PUDU_TRY_ASSIGN(Streamed streamed, stream(program, options));
  std::optional<std::vector<prepare::Choice>> choices;
  if (dialect) {
    PUDU_TRY_ASSIGN(std::optional<Prepared> prepared, prepare_for_rows(*dialect, streamed, optimize, options));
    if (prepared) streamed = std::move(prepared->streamed), choices = std::move(prepared->choices);
  }
  if (dialect && !fits(streamed.map, options)) {
    PUDU_TRY_ASSIGN(Streamed unprepared, stream(*dialect, options));
    if (fits(unprepared.map, options)) {
      PUDU_TRY_ASSIGN(std::optional<Prepared> prepared, prepare_for_rows(*dialect, unprepared, optimize, options));
      for (const std::size_t scratch : {no_limit, std::size_t{2048}, std::size_t{1024}, std::size_t{512}}) {
        if (prepared) break;
        PUDU_TRY_ASSIGN(prepared, prepare_for_rows(*dialect, unprepared, prepare::Optimize::Size, options, scratch));
      }
      choices.emplace();
      streamed = std::move(unprepared);
      if (prepared) streamed = std::move(prepared->streamed), choices = std::move(prepared->choices);
    }
  }
  if (options.feed == Feed::Whole && layerwise.arena_bytes <= streamed.map.arena_bytes) {
    return PlanChoice{std::move(layerwise)};
  }
  if (!dialect && !streamed.pools.empty()) dialect = program;
  program = std::move(streamed.program);
  return PlanChoice{std::move(streamed.map), std::move(choices)};
}

}  // namespace pudu::driver
