// The steps of a region: its events, the slides that make room for their rows, and the moves of rows that wait.
#include "schedule/region.hpp"

namespace pudu::schedule {
namespace {

using program::RowRange;

/// Makes steps of events.
class StepMaker {
 public:
  explicit StepMaker(const RegionTrace& trace) : trace_(trace), first_rows_(trace.tensors.size(), -1) {
    arrivals_.resize(trace.events.size());
    departures_.resize(trace.events.size() + 1);
    for (std::size_t i = 0; i < trace.tensors.size(); ++i) {
      if (trace.tensors[i].is_parked()) note_fillings(i);
    }
  }

  std::vector<program::Step> run() {
    for (std::size_t i = 0; i < trace_.events.size(); ++i) {
      for (const program::Step& step : departures_[i]) steps_.push_back(step);
      for (const program::Step& step : arrivals_[i]) steps_.push_back(step);
      slide_before(trace_.events[i]);
      add(trace_.events[i]);
    }
    return std::move(steps_);
  }

 private:
  RowRange unswept(RowRange rows, std::int32_t count) const {
    return trace_.sweep == Sweep::Down ? rows : mirrored(rows, count);
  }

  /// Rows that wait come to the slots to be filled before they are, and leave them when they have been read.
  void note_fillings(std::size_t index) {
    const RegionTensor& tensor = trace_.tensors[index];
    const std::vector<Filling>& fillings = trace_.fillings[index];
    for (const Filling& filling : fillings) {
      program::Step step{.kind = program::StepKind::Slide,
                         .buffer = tensor.buffer,
                         .rows = unswept({filling.left_from, filling.left_from + filling.left}, tensor.rows),
                         .slot = 0};
      if (filling.left > 0) departures_[filling.end].push_back(step);
      step.rows = unswept({filling.needed_from, filling.needed_from + filling.waiting}, tensor.rows);
      const std::int32_t slots_above = tensor.window_rows - filling.waiting;
      step.slot = tensor.filled_slot + (trace_.sweep == Sweep::Down ? 0 : slots_above);
      arrivals_[filling.begin].push_back(step);
    }
  }

  void slide_before(const RegionEvent& event) {
    const RegionTensor& tensor = trace_.tensors[event.window];
    if (!tensor.is_window || tensor.is_parked()) return;
    std::int32_t& first = first_rows_[event.window];
    if (first < 0) first = event.rows.begin;
    if (!needs_slide(trace_, event, first)) return;
    steps_.push_back({.kind = program::StepKind::Slide,
                      .buffer = tensor.buffer,
                      .rows = unswept({event.needed_from, event.rows.begin}, event.row_count)});
    first = event.needed_from;
  }

  void add(const RegionEvent& event) {
    const RowRange rows = unswept(event.rows, event.row_count);
    if (event.call) {
      steps_.push_back({.kind = program::StepKind::Rows, .call = *event.call, .rows = rows});
    } else {
      steps_.push_back({.kind = program::StepKind::Feed, .buffer = trace_.tensors[event.tensor].buffer, .rows = rows});
    }
  }

  const RegionTrace& trace_;
  std::vector<std::int32_t> first_rows_;
  std::vector<std::vector<program::Step>> arrivals_;    ///< by event: before it
  std::vector<std::vector<program::Step>> departures_;  ///< likewise, and before those
  std::vector<program::Step> steps_;
};

}  // namespace

std::vector<program::Step> steps_of(const RegionTrace& trace) {
  return StepMaker(trace).run();
}

}  // namespace pudu::schedule
