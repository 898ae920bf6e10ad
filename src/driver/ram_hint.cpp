#include "driver/ram_hint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "driver/choose_plan.hpp"
#include "driver/plan_report.hpp"
#include "emitters/report/transpose_reason.hpp"

namespace pudu::driver {
namespace {

/// A plan that other options would give.
struct OtherPlan {
  const char* option = "";
  MemoryMode memory = MemoryMode::Streamed;
  Feed feed = Feed::Whole;
};
constexpr OtherPlan by_rows{"--memory streamed", MemoryMode::Streamed, Feed::Whole};
constexpr OtherPlan with_fed_inputs{"--feed rows", MemoryMode::Streamed, Feed::Rows};

/// Bytes of arena and states; nothing where inputs cannot arrive by rows.
std::optional<std::size_t> ram_of(const CompiledModel& model, const OtherPlan& other) {
  for (const PlanAlternative& known : model.alternatives) {
    if (known.option == other.option) return known.arena_bytes + model.memory.state_bytes;
  }
  program::Program program = model.program;
  std::optional<program::Program> dialect = model.dialect_program;
  PlanOptions options = *model.plan;
  options.memory = other.memory, options.feed = other.feed;
  options.ram_bytes.reset();
  const Result<PlanChoice> choice =
      choose_plan(program, dialect, model.optimize.value_or(prepare::Optimize::Balanced), options);
  if (!choice) return std::nullopt;
  return choice->map.arena_bytes + choice->map.state_bytes;
}

/// Bytes with the kernels of the dialect, if they are fewer.
std::optional<std::size_t> unprepared_ram(const CompiledModel& model) {
  if (!model.dialect_program) return std::nullopt;
  const Result<program::MemoryMap> map = plan_program(*model.dialect_program);
  if (!map) return std::nullopt;
  return map->arena_bytes + map->state_bytes;
}

/// What helps where no option is known to.
std::string help_at_peak(const CompiledModel& model) {
  const std::vector<program::KernelCall>& calls = model.program.calls;
  const std::string peak = peak_layer(model.program, model.memory);
  const auto call =
      std::find_if(calls.begin(), calls.end(), [&](const program::KernelCall& other) { return other.name == peak; });
  if (call != calls.end() && call->op == "transpose") return emitters::transpose_reason(model.program, *call);
  return "this layer needs most memory: a smaller input or fewer channels there help";
}

}  // namespace

std::string ram_hint(const CompiledModel& model, std::size_t ram_bytes) {
  const std::size_t needed = model.memory.arena_bytes + model.memory.state_bytes;
  std::vector<std::string> ways;
  bool one_fits = false;
  const auto add = [&](const std::string& option, std::optional<std::size_t> bytes) {
    if (!bytes || *bytes >= needed) return;
    const bool fits = *bytes <= ram_bytes;
    one_fits |= fits;
    ways.push_back(fmt::format("{} {} {} bytes", option, fits ? "fits: it needs" : "needs", *bytes));
  };
  const bool is_whole = !model.plan || model.plan->memory == MemoryMode::Layerwise;
  if (model.plan && is_whole) add(by_rows.option, ram_of(model, by_rows));
  if (model.plan && model.plan->feed == Feed::Whole) add(with_fed_inputs.option, ram_of(model, with_fed_inputs));
  for (const PlanAlternative& known : model.alternatives) {
    if (!one_fits && known.option.starts_with("--input-layout")) {
      add(known.option, known.arena_bytes + model.memory.state_bytes);
    }
  }
  // Not another way where rows are: a plan by rows chooses kernels with less scratch itself.
  if (is_whole) add("--disable-pass prepare (slower kernels with less scratch)", unprepared_ram(model));
  std::string hint = fmt::format("--ram {} is the least that this plan fits", needed);
  for (const std::string& way : ways) hint += "; " + way;
  if (!one_fits) hint += "; " + help_at_peak(model);
  return hint;
}

}  // namespace pudu::driver
