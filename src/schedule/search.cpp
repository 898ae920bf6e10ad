#include "schedule/search.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "schedule/region_cost.hpp"

namespace pudu::schedule {
namespace {

/// How often single calls of a region are looked at once more.
constexpr int most_rounds = 3;

/// Regions of more calls are not looked at: windows only grow with the calls.
constexpr std::size_t most_calls = 64;
constexpr std::size_t short_calls = 8;

/// Rows a step that are looked at where memory allows them.
constexpr std::int32_t taller_steps[] = {2, 3, 4, 6, 8};

bool joins(const CallUse& call) {
  return call.form && call.form->inputs.size() > 1;
}

}  // namespace

CutSearch::CutSearch(const RowGraph& graph, bool is_fed, std::size_t most_bytes)
    : graph_(graph), is_fed_(is_fed), regions_(graph.call_count()) {
  meter_short();
  widen(most_bytes);
}

bool CutSearch::reads_program_input(std::size_t call) const {
  const std::vector<program::BufferId>& reads = graph_.call(call).reads;
  return std::any_of(reads.begin(), reads.end(), [&](program::BufferId id) {
    return graph_.program().buffer(id).kind == program::BufferKind::Input;
  });
}

std::optional<RegionProfile> CutSearch::profile_of(CallRange calls, const RegionForm& form) const {
  const std::optional<RegionTrace> trace = trace_region(graph_, calls, form);
  if (!trace) return std::nullopt;
  traced_steps_ += static_cast<std::int64_t>(trace->events.size());
  return profile_of_region(graph_, calls, *trace);
}

CutSearch::Option CutSearch::make_option(RegionProfile profile, std::size_t least_bytes,
                                         std::optional<RegionForm> form) {
  Option option{.profile = std::move(profile), .least_bytes = least_bytes, .form = std::move(form)};
  if (least_bytes != no_limit) option.fastest = option.profile.cost({}).value();
  return option;
}

std::optional<RegionCost> CutSearch::cost_of(const Option& option, const KernelRoom& room) {
  if (room.scratch_price == 0 && option.fastest.bytes <= room.bytes) return option.fastest;
  return option.profile.cost(room);
}

std::optional<CutSearch::Option> CutSearch::option_of(CallRange calls, const RegionForm& form,
                                                      const RegionTrace& trace) const {
  traced_steps_ += static_cast<std::int64_t>(trace.events.size());
  RegionProfile profile = profile_of_region(graph_, calls, trace);
  const std::size_t least_bytes = profile.least_bytes();
  if (least_bytes == no_limit) return std::nullopt;
  return make_option(std::move(profile), least_bytes, form);
}

std::optional<CutSearch::Option> CutSearch::option_of(CallRange calls, const RegionForm& form) const {
  const std::optional<RegionTrace> trace = trace_region(graph_, calls, form);
  if (!trace) return std::nullopt;
  const auto is_parked = [](const RegionTensor& tensor) { return tensor.is_parked(); };
  const bool parks = std::any_of(trace->tensors.begin(), trace->tensors.end(), is_parked);
  if (form.waiting == Waiting::Parked && !parks) return std::nullopt;
  return option_of(calls, form, *trace);
}

/// Of one row a step, with windows that wait in place and parked.
void CutSearch::add_options(CallRange calls, const RegionForm& form) {
  std::vector<Option>& options = region(calls).options;
  if (calls.count() <= 3) {
    if (std::optional<Option> option = option_of(calls, form)) options.push_back(std::move(*option));
    return;
  }
  const std::optional<WaitingTraces> traces = trace_waiting(graph_, calls, form);
  if (!traces) return;
  if (auto option = option_of(calls, form, traces->in_place)) options.push_back(std::move(*option));
  if (!traces->parked) return;
  RegionForm parked = form;
  parked.waiting = Waiting::Parked;
  if (auto option = option_of(calls, parked, *traces->parked)) options.push_back(std::move(*option));
}

template <class Visitor>
void CutSearch::for_each_option(CallRange calls, const KernelRoom& room, Visitor visit) {
  const auto visit_both = [&](Option& option) {
    visit(option);
    if (const Option* other = turned(calls, option, room)) visit(*other);
  };
  Region& region = this->region(calls);
  for (Option& option : region.options) visit_both(option);
  for (std::vector<Option>& options : region.taller) {
    for (Option& option : options) visit_both(option);
  }
}

/// The option swept the other way, where scratch in the gap is what it lacks.
const CutSearch::Option* CutSearch::turned(CallRange calls, Option& option, const KernelRoom& room) {
  const RegionProfile& profile = option.profile;
  const bool may_help = room.gap == Gap::HoldsScratch && option.form && profile.overlaps && profile.bytes <= room.bytes;
  if (!may_help) return nullptr;
  if (option.fastest.bytes <= room.bytes) return nullptr;
  const std::optional<RegionCost> cost = profile.cost(room);
  if (cost && cost->instructions <= option.fastest.instructions) return nullptr;
  if (!option.is_turned) {
    option.is_turned = true;
    RegionForm form = *option.form;
    turn(form);
    if (std::optional<Option> other = option_of(calls, form))
      option.turned = std::make_unique<Option>(std::move(*other));
  }
  return option.turned.get();
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
  if (calls.count() == 1 && !is_fed) {
    RegionProfile whole = profile_of_whole_call(graph_, calls.begin);
    const std::size_t least_bytes = whole.least_bytes();
    region(calls).options.push_back(make_option(std::move(whole), least_bytes, {}));
  }
  for (const PullOrder order : {PullOrder::AsOperands, PullOrder::Reversed}) {
    if (order == PullOrder::Reversed && !has_join) continue;
    add_options(calls, {.pull_order = order, .is_fed = is_fed});
  }
  return true;
}

/// Short regions first: what they need tells which of the long ones are worth looking at.
void CutSearch::meter_short() {
  for (std::size_t begin = 0; begin < graph_.call_count(); ++begin) {
    const std::size_t last = std::min(graph_.call_count(), begin + short_calls);
    for (std::size_t end = begin; end < last && meter({begin, end + 1}); ++end) {
    }
  }
  least_of_short_ = least_bytes();
}

void CutSearch::widen(std::size_t most_bytes) {
  const std::size_t least = least_of_short_;
  const std::size_t most = least == no_limit ? no_limit : std::max(most_bytes, least + least / 10);
  for (std::size_t begin = 0; begin < graph_.call_count(); ++begin) {
    const std::size_t last = std::min(graph_.call_count(), begin + most_calls);
    for (std::size_t end = begin + regions_[begin].size(); end >= begin + short_calls && end < last; ++end) {
      const std::vector<Option>& longest = region({begin, end}).options;
      if (!longest.empty() && longest.front().profile.waiting_bytes > most) break;
      if (!meter({begin, end + 1})) break;
    }
  }
}

/// Steps of more rows are faster, but need larger windows.
void CutSearch::refine(CallRange calls, std::size_t most_bytes) {
  Region& region = this->region(calls);
  if (most_bytes <= region.refined_bytes) return;
  region.refined_bytes = most_bytes;
  region.taller.resize(region.options.size());
  region.is_tallest.resize(region.options.size(), false);
  for (std::size_t index = 0; index < region.options.size(); ++index) refine_option(calls, index, most_bytes);
}

/// Goes on where a lower limit has ended it.
void CutSearch::refine_option(CallRange calls, std::size_t index, std::size_t most_bytes) {
  Region& region = this->region(calls);
  const Option& lowest = region.options[index];
  std::vector<Option>& taller = region.taller[index];
  if (!lowest.form) return;
  while (!region.is_tallest[index]) {
    if ((taller.empty() ? lowest : taller.back()).least_bytes > most_bytes) return;
    RegionForm form = *lowest.form;
    form.rows_per_step = taller_steps[taller.size()];
    std::optional<Option> option = option_of(calls, form);
    region.is_tallest[index] = !option || taller.size() + 1 == std::size(taller_steps);
    if (option) taller.push_back(std::move(*option));
  }
}

bool CutSearch::hone_call(RegionChoice& choice, RegionCost& cost, std::size_t call, const KernelRoom& room) const {
  bool is_better = false;
  const std::int32_t now = choice.form->least_rows[call];
  for (const std::int32_t rows : {2, 3, 4, 8}) {
    if (rows <= now) continue;
    RegionForm form = *choice.form;
    form.least_rows[call] = rows;
    const std::optional<RegionProfile> profile = profile_of(choice.calls, form);
    const std::optional<RegionCost> other = profile ? profile->cost(room) : std::nullopt;
    if (!other) break;
    if (other->instructions >= cost.instructions) continue;
    choice.form = std::move(form), cost = *other, is_better = true;
  }
  return is_better;
}

void CutSearch::note_kernels(Cuts& cuts, const RegionProfile& profile, const KernelRoom& room) const {
  cuts.kernels.resize(graph_.call_count());
  for (const auto& [call, option] : profile.kernels(room)) cuts.kernels[call] = option;
}

Cuts CutSearch::honed(Cuts cuts, const KernelRoom& room) const {
  for (RegionChoice& choice : cuts.choices) {
    if (!choice.form) continue;
    RegionCost cost = profile_of(choice.calls, *choice.form).value().cost(room).value();
    const double before = cost.instructions;
    if (choice.form->least_rows.empty()) choice.form->least_rows.assign(choice.calls.count(), 1);
    for (int round = 0; round < most_rounds; ++round) {
      bool is_better = false;
      for (std::size_t call = choice.calls.count(); call-- > 0;) {
        is_better = hone_call(choice, cost, call, room) || is_better;
      }
      if (!is_better) break;
    }
    note_kernels(cuts, profile_of(choice.calls, *choice.form).value(), room);
    cuts.instructions += cost.instructions - before;
    cuts.bytes = std::max(cuts.bytes, cost.bytes);
  }
  return cuts;
}

bool CutSearch::count_overlaps() {
  bool has_any = false;
  for (std::size_t call = 0; call < graph_.call_count(); ++call) {
    std::vector<Option>& options = region({call, call + 1}).options;
    // Those of inputs that are fed have no whole call.
    if (options.empty() || options.front().form) continue;
    std::optional<RegionProfile> profile = profile_of_overlapping_call(graph_, call);
    if (!profile) continue;
    has_any = true;
    if (options.back().is_overlapping) continue;
    const std::size_t least_bytes = profile->least_bytes();
    options.push_back(make_option(*std::move(profile), least_bytes, {}));
    options.back().is_overlapping = true;
  }
  counts_overlaps_ = has_any;
  return has_any;
}

/// Of the cuts whose largest region is smallest.
std::size_t CutSearch::least_bytes() const {
  std::vector<std::size_t> least(graph_.call_count() + 1, no_limit);
  least[0] = 0;
  for (std::size_t begin = 0; begin < graph_.call_count(); ++begin) {
    for (std::size_t count = 1; count <= regions_[begin].size(); ++count) {
      for (const Option& option : regions_[begin][count - 1].options) {
        if (!is_counted(option)) continue;
        std::size_t& bytes = least[begin + count];
        bytes = std::min(bytes, std::max(least[begin], option.least_bytes));
      }
    }
  }
  return least.back();
}

Cuts CutSearch::smallest() {
  const std::size_t least = least_bytes();
  return least == no_limit ? Cuts{{}, no_limit, 0, {}} : fastest({.bytes = least});
}

Cuts CutSearch::fastest(const KernelRoom& room) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  struct Best {
    double instructions = infinity;
    std::size_t regions = 0;
    std::size_t begin = 0;
    const Option* option = nullptr;
  };
  const std::size_t count = graph_.call_count();
  for (std::size_t begin = 0; begin < count; ++begin) {
    for (std::size_t calls = 1; calls <= regions_[begin].size(); ++calls) refine({begin, begin + calls}, room.bytes);
  }
  std::vector<Best> best(count + 1);
  best[0].instructions = 0;
  for (std::size_t begin = 0; begin < count; ++begin) {
    for (std::size_t calls = 1; calls <= regions_[begin].size(); ++calls) {
      if (best[begin].instructions == infinity) continue;
      for_each_option({begin, begin + calls}, room, [&](const Option& option) {
        if ((room.gap == Gap::LeftFree && option.least_bytes > room.bytes) || !is_counted(option)) return;
        const std::optional<RegionCost> cost = cost_of(option, room);
        if (!cost) return;
        const double instructions = best[begin].instructions + cost->instructions;
        Best& end = best[begin + calls];
        const std::size_t regions = best[begin].regions + 1;
        if (instructions < end.instructions || (instructions == end.instructions && regions < end.regions)) {
          end = {instructions, regions, begin, &option};
        }
      });
    }
  }
  Cuts cuts;
  if (count > 0 && best[count].option == nullptr) return {{}, no_limit, 0, {}};
  cuts.instructions = best[count].instructions;
  for (std::size_t end = count; end > 0; end = best[end].begin) {
    cuts.choices.push_back({{best[end].begin, end}, best[end].option->form});
    cuts.bytes = std::max(cuts.bytes, cost_of(*best[end].option, room)->bytes);
    note_kernels(cuts, best[end].option->profile, room);
  }
  std::reverse(cuts.choices.begin(), cuts.choices.end());
  return cuts;
}

}  // namespace pudu::schedule
