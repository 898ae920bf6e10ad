#include "schedule/search.hpp"

#include <algorithm>
#include <limits>

#include "schedule/region_cost.hpp"

namespace pudu::schedule {
namespace {

constexpr std::size_t no_bytes = std::numeric_limits<std::size_t>::max();

/// How often single calls of a region are looked at once more.
constexpr int most_rounds = 3;

/// Regions of more calls are not looked at: windows only grow with the calls.
constexpr std::size_t most_calls = 64;

bool joins(const CallUse& call) {
  return call.form && call.form->inputs.size() > 1;
}

}  // namespace

CutSearch::CutSearch(const RowGraph& graph, bool is_fed)
    : graph_(graph), is_fed_(is_fed), regions_(graph.call_count()) {
  meter_all();
}

bool CutSearch::reads_program_input(std::size_t call) const {
  const std::vector<program::BufferId>& reads = graph_.call(call).reads;
  return std::any_of(reads.begin(), reads.end(), [&](program::BufferId id) {
    return graph_.program().buffer(id).kind == program::BufferKind::Input;
  });
}

std::optional<RegionCost> CutSearch::cost_of(CallRange calls, const RegionForm& form) const {
  const std::optional<RegionTrace> trace = trace_region(graph_, calls, form);
  if (!trace) return std::nullopt;
  return cost_of_region(graph_, calls, *trace);
}

void CutSearch::add_option(CallRange calls, const RegionForm& form) {
  if (const std::optional<RegionCost> cost = cost_of(calls, form)) region(calls).options.push_back({*cost, form});
}

/// False when neither this region nor a longer one that begins there can be.
bool CutSearch::meter(CallRange calls) {
  bool has_join = false, is_fed = false;
  for (std::size_t call = calls.begin; call < calls.end; ++call) {
    if (calls.count() > 1 && !graph_.call(call).form) return false;
    has_join = has_join || joins(graph_.call(call));
    is_fed = is_fed || (is_fed_ && reads_program_input(call));
  }
  regions_[calls.begin].resize(calls.count());
  if (calls.count() == 1 && !is_fed) region(calls).options.push_back({cost_of_whole_call(graph_, calls.begin), {}});
  for (const PullOrder order : {PullOrder::AsOperands, PullOrder::Reversed}) {
    if (order == PullOrder::AsOperands || has_join) add_option(calls, {.pull_order = order, .is_fed = is_fed});
  }
  return true;
}

void CutSearch::meter_all() {
  for (std::size_t begin = 0; begin < graph_.call_count(); ++begin) {
    const std::size_t last = std::min(graph_.call_count(), begin + most_calls);
    for (std::size_t end = begin + 1; end <= last && meter({begin, end}); ++end) {
    }
  }
}

/// Steps of more rows are faster, but need larger windows.
void CutSearch::refine(CallRange calls, std::size_t most_bytes) {
  Region& region = this->region(calls);
  if (region.is_refined) return;
  region.is_refined = true;
  const std::vector<Option> base = region.options;
  for (const Option& option : base) {
    if (!option.form || option.cost.bytes > most_bytes) continue;
    for (const std::int32_t rows : {2, 4, 8}) {
      RegionForm form = *option.form;
      form.rows_per_step = rows;
      const std::size_t count = region.options.size();
      add_option(calls, form);
      if (region.options.size() == count || region.options.back().cost.bytes > most_bytes) break;
    }
  }
}

bool CutSearch::hone_call(RegionChoice& choice, RegionCost& cost, std::size_t call, std::size_t bytes) const {
  bool is_better = false;
  const std::int32_t now = choice.form->least_rows[call];
  for (const std::int32_t rows : {2, 3, 4, 8}) {
    if (rows <= now) continue;
    RegionForm form = *choice.form;
    form.least_rows[call] = rows;
    const std::optional<RegionCost> other = cost_of(choice.calls, form);
    if (!other || other->bytes > bytes) break;
    if (other->instructions >= cost.instructions) continue;
    choice.form = std::move(form), cost = *other, is_better = true;
  }
  return is_better;
}

Cuts CutSearch::honed(Cuts cuts, std::size_t bytes) const {
  for (RegionChoice& choice : cuts.choices) {
    if (!choice.form) continue;
    RegionCost cost = cost_of(choice.calls, *choice.form).value();
    const double before = cost.instructions;
    if (choice.form->least_rows.empty()) choice.form->least_rows.assign(choice.calls.count(), 1);
    for (int round = 0; round < most_rounds; ++round) {
      bool is_better = false;
      for (std::size_t call = choice.calls.count(); call-- > 0;) {
        is_better = hone_call(choice, cost, call, bytes) || is_better;
      }
      if (!is_better) break;
    }
    cuts.instructions += cost.instructions - before;
    cuts.bytes = std::max(cuts.bytes, cost.bytes);
  }
  return cuts;
}

Cuts CutSearch::smallest() {
  std::vector<std::size_t> least(graph_.call_count() + 1, no_bytes);
  least[0] = 0;
  for (std::size_t begin = 0; begin < graph_.call_count(); ++begin) {
    for (std::size_t count = 1; count <= regions_[begin].size(); ++count) {
      for (const Option& option : regions_[begin][count - 1].options) {
        std::size_t& bytes = least[begin + count];
        bytes = std::min(bytes, std::max(least[begin], option.cost.bytes));
      }
    }
  }
  return least.back() == no_bytes ? Cuts{{}, no_bytes, 0} : fastest(least.back());
}

Cuts CutSearch::fastest(std::size_t bytes) {
  struct Best {
    double instructions = std::numeric_limits<double>::infinity();
    std::size_t regions = 0;
    std::size_t begin = 0;
    const Option* option = nullptr;
  };
  const std::size_t count = graph_.call_count();
  for (std::size_t begin = 0; begin < count; ++begin) {
    for (std::size_t calls = 1; calls <= regions_[begin].size(); ++calls) refine({begin, begin + calls}, bytes);
  }
  std::vector<Best> best(count + 1);
  best[0].instructions = 0;
  for (std::size_t begin = 0; begin < count; ++begin) {
    for (std::size_t calls = 1; calls <= regions_[begin].size(); ++calls) {
      for (const Option& option : regions_[begin][calls - 1].options) {
        if (option.cost.bytes > bytes) continue;
        const double instructions = best[begin].instructions + option.cost.instructions;
        Best& end = best[begin + calls];
        const std::size_t regions = best[begin].regions + 1;
        if (instructions < end.instructions || (instructions == end.instructions && regions < end.regions)) {
          end = {instructions, regions, begin, &option};
        }
      }
    }
  }
  Cuts cuts;
  if (count > 0 && best[count].option == nullptr) return {{}, no_bytes, 0};
  cuts.instructions = best[count].instructions;
  for (std::size_t end = count; end > 0; end = best[end].begin) {
    cuts.choices.push_back({{best[end].begin, end}, best[end].option->form});
    cuts.bytes = std::max(cuts.bytes, best[end].option->cost.bytes);
  }
  std::reverse(cuts.choices.begin(), cuts.choices.end());
  return cuts;
}

}  // namespace pudu::schedule
