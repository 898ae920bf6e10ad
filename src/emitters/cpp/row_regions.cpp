#include "emitters/cpp/row_regions.hpp"

#include <algorithm>
#include <utility>

#include "ops/row_calls.hpp"

namespace pudu::emitters {
namespace {

using program::BufferId;
using program::KernelCall;
using program::MemoryMap;
using program::Program;
using program::RowRange;
using program::Schedule;
using program::Step;
using program::StepKind;

/// Steps [begin, end).
struct StepRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Merges ranges that overlap.
std::vector<StepRange> merged(std::vector<StepRange> ranges) {
  std::sort(ranges.begin(), ranges.end(), [](const StepRange& a, const StepRange& b) { return a.begin < b.begin; });
  std::vector<StepRange> result;
  for (const StepRange& range : ranges) {
    if (!result.empty() && range.begin < result.back().end) {
      result.back().end = std::max(result.back().end, range.end);
    } else {
      result.push_back(range);
    }
  }
  return result;
}

/// Parts of the schedule that belong together: all steps of a call that runs by rows, and of all that uses a window.
std::vector<StepRange> region_ranges(const Program& program, const Schedule& schedule) {
  std::map<std::size_t, StepRange> by_call;
  std::map<BufferId, StepRange> by_window;
  const auto extend = [](auto& ranges, auto key, std::size_t step) {
    const auto [at, is_new] = ranges.try_emplace(key, StepRange{step, step + 1});
    if (!is_new) at->second.end = step + 1;
  };
  for (std::size_t i = 0; i < schedule.steps.size(); ++i) {
    const Step& step = schedule.steps[i];
    if (step.kind == StepKind::Slide || step.kind == StepKind::Feed) {
      extend(by_window, window_owner(schedule, step.buffer), i);
      continue;
    }
    if (step.kind == StepKind::Rows) extend(by_call, step.call, i);
    for (const program::Operand& operand : program.calls[step.call].operands) {
      const bool is_window = schedule.window_rows[program::index_of(operand.buffer)] > 0;
      if (is_window) extend(by_window, window_owner(schedule, operand.buffer), i);
    }
  }
  std::vector<StepRange> ranges;
  for (const auto& [call, range] : by_call) ranges.push_back(range);
  for (const auto& [window, range] : by_window) ranges.push_back(range);
  return merged(std::move(ranges));
}

/// Makes regions, one after the other: windows keep their place from step to step.
class RegionMaker {
 public:
  RegionMaker(const Program& program, const MemoryMap& map)
      : program_(program), schedule_(*map.schedule), windows_(program, schedule_) {
    for (const KernelCall& call : program.calls) forms_.push_back(ops::row_form(program, call));
  }

  RowRegion make(StepRange range) {
    RowRegion region;
    counters_.clear(), leads_.clear();
    for (std::size_t i = range.begin; i < range.end; ++i) note_windows(schedule_.steps[i], region);
    for (std::size_t i = range.begin; i < range.end; ++i) add(schedule_.steps[i], region);
    start_counters(region);
    return region;
  }

 private:
  /// What a counter counts: rows of a call, or of the fed input.
  using CounterKey = std::variant<std::size_t, BufferId>;

  void note_window(BufferId id, RowRegion& region) const {
    if (schedule_.window_rows[program::index_of(id)] == 0) return;
    const BufferId owner = window_owner(schedule_, id);
    region.fixed_windows.try_emplace(owner, windows_.first_row(owner));
  }

  void note_windows(const Step& step, RowRegion& region) const {
    if (step.kind == StepKind::Rows || step.kind == StepKind::Whole) {
      for (const program::Operand& operand : program_.calls[step.call].operands) note_window(operand.buffer, region);
      return;
    }
    note_window(step.buffer, region);
    if (step.kind != StepKind::Slide) return;
    const auto fixed = region.fixed_windows.find(window_owner(schedule_, step.buffer));
    if (fixed != region.fixed_windows.end()) region.sliding_windows.insert(*fixed);
  }

  void add(const Step& step, RowRegion& region) {
    switch (step.kind) {
      case StepKind::Whole:
        return add(CallEvent{step.call, program_.calls[step.call], {}, 0}, region);
      case StepKind::Rows:
        return add_rows(step, region);
      case StepKind::Slide:
        return add_slide(step, region);
      case StepKind::Feed:
        region.fed = step.buffer;
        return add_counted(FeedEvent{step.buffer, step.rows.count(), 0}, step.buffer, step.rows.begin, region);
    }
  }

  void add(Event event, RowRegion& region) {
    const auto found = std::find(region.kinds.begin(), region.kinds.end(), event);
    region.events.push_back(static_cast<std::size_t>(found - region.kinds.begin()));
    if (found == region.kinds.end()) region.kinds.push_back(std::move(event));
  }

  void add_rows(const Step& step, RowRegion& region) {
    const KernelCall& whole = program_.calls[step.call];
    const ops::RowForm& form = forms_[step.call].value();
    CallEvent event{step.call, ops::row_call(program_, whole, step.rows), {}, 0};
    for (const ops::RowInput& input : form.inputs) {
      const BufferId buffer = whole.find_operand(input.operand)->buffer;
      const std::int32_t begin = input.rows_read(step.rows).begin;
      const bool is_cut = begin != input.first_row(step.rows.begin);
      event.operands.push_back(
          is_cut ? RowsOperand{input.operand, buffer, 0, begin, 1}
                 : RowsOperand{input.operand, buffer, input.stride, -input.pad_top, input.upsampling});
    }
    if (!form.accumulates) event.operands.push_back({"output", program::output_of(whole), 1, 0, 1});
    add_counted(std::move(event), step.call, step.rows.begin, region);
  }

  /// An event whose counter has to be `row`. The first one of a counter begins where it suits the kind of the second.
  template <class Counted>
  void add_counted(Counted event, CounterKey key, std::int32_t row, RowRegion& region) {
    const auto [counter, is_new] = counters_.try_emplace(key, row);
    event.lead = row - counter->second;
    counter->second = row;
    if (is_new) {
      leads_[key] = {region.events.size(), row};
    } else if (const First& first = leads_[key]; !first.is_settled) {
      settle(event, key, region);
    }
    add(std::move(event), region);
  }

  struct First {
    std::size_t event = 0;  ///< index into events
    std::int32_t row = 0;
    bool is_settled = false;
  };

  /// The first event of a counter may move it by any lead: by that of the second, so that both are of one kind if they
  /// agree in all else.
  template <class Counted>
  void settle(const Counted& second, CounterKey key, RowRegion& region) {
    First& first = leads_[key];
    first.is_settled = true;
    Event& kind = region.kinds[region.events[first.event]];
    std::get<Counted>(kind).lead = second.lead;
    first.row -= second.lead;
  }

  void add_slide(const Step& step, RowRegion& region) {
    const BufferId owner = window_owner(schedule_, step.buffer);
    const std::int32_t before = windows_.first_row(owner);
    windows_.advance(step);
    const std::int32_t after = windows_.first_row(owner);
    if (after == before) return;
    add(SlideEvent{step.buffer, step.rows.begin - before, step.rows.begin - after, step.rows.count(), after - before},
        region);
  }

  void start_counters(RowRegion& region) const {
    for (const auto& [window, first_row] : region.sliding_windows) region.fixed_windows.erase(window);
    for (const auto& [key, first] : leads_) {
      if (const auto* call = std::get_if<std::size_t>(&key)) {
        region.call_counters[*call] = first.row;
      } else {
        region.feed_counter = first.row;
      }
    }
  }

  const Program& program_;
  const Schedule& schedule_;
  program::WindowRows windows_;
  std::vector<std::optional<ops::RowForm>> forms_;
  std::map<CounterKey, std::int32_t> counters_;
  std::map<CounterKey, First> leads_;
};

/// Inputs that arrive by rows.
std::vector<BufferId> fed_inputs(const Program& program, const Schedule& schedule) {
  std::vector<BufferId> fed;
  for (const program::Port& port : program.inputs) {
    const bool is_fed = std::any_of(schedule.steps.begin(), schedule.steps.end(), [&](const Step& step) {
      return step.kind == StepKind::Feed && step.buffer == port.buffer;
    });
    if (is_fed) fed.push_back(port.buffer);
  }
  return fed;
}

Status check_schedule(const Program& program, const Schedule& schedule) {
  if (fed_inputs(program, schedule).size() > 1) {
    return internal_error({.where = program.name, .found = "a schedule that feeds several inputs by rows"});
  }
  for (const Step& step : schedule.steps) {
    if (step.kind != StepKind::Rows || ops::row_form(program, program.calls[step.call])) continue;
    return internal_error({.where = program.calls[step.call].name, .found = "rows of a call that has none"});
  }
  return {};
}

}  // namespace

BufferId window_owner(const Schedule& schedule, BufferId id) {
  const std::optional<program::SharedStorage>& shared = schedule.shared[program::index_of(id)];
  return shared ? shared->owner : id;
}

std::optional<BufferId> fed_input(const Program& program, const MemoryMap& map) {
  if (!map.schedule) return std::nullopt;
  const std::vector<BufferId> fed = fed_inputs(program, *map.schedule);
  return fed.empty() ? std::nullopt : std::optional(fed.front());
}

Result<std::vector<Segment>> segments_of(const Program& program, const MemoryMap& map) {
  std::vector<Segment> segments;
  if (!map.schedule) {
    for (std::size_t call = 0; call < program.calls.size(); ++call) segments.emplace_back(call);
    return segments;
  }
  PUDU_TRY(check_schedule(program, *map.schedule));
  RegionMaker maker(program, map);
  std::size_t step = 0;
  const auto add_whole_until = [&](std::size_t end) {
    for (; step < end; ++step) segments.emplace_back(map.schedule->steps[step].call);
  };
  for (const StepRange& range : region_ranges(program, *map.schedule)) {
    add_whole_until(range.begin);
    segments.emplace_back(maker.make(range));
    step = range.end;
  }
  add_whole_until(map.schedule->steps.size());
  return segments;
}

}  // namespace pudu::emitters
