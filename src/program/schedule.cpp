#include "program/schedule.hpp"

namespace pudu::program {

Schedule layerwise_schedule(const Program& program) {
  Schedule schedule;
  for (std::size_t call = 0; call < program.calls.size(); ++call) schedule.steps.push_back({.call = call});
  schedule.window_rows.resize(program.buffers.size(), 0);
  schedule.shared.resize(program.buffers.size());
  return schedule;
}

BufferId output_of(const KernelCall& call) {
  return call.find_operand("output")->buffer;
}

WindowRows::WindowRows(const Program& program, const Schedule& schedule)
    : window_rows_(schedule.window_rows),
      first_rows_(schedule.window_rows.size(), 0),
      shared_(schedule.shared),
      descends_(schedule.window_rows.size(), false) {
  std::vector<std::optional<RowRange>> first_written(window_rows_.size());
  std::vector<bool> is_known(window_rows_.size(), false);
  for (const Step& step : schedule.steps) {
    if (step.kind != StepKind::Rows && step.kind != StepKind::Feed) continue;
    const std::size_t id = index_of(step.kind == StepKind::Rows ? output_of(program.calls[step.call]) : step.buffer);
    if (window_rows_[id] == 0 || is_known[id]) continue;
    if (!first_written[id]) {
      first_written[id] = step.rows;
      first_rows_[id] = step.rows.begin;
      continue;
    }
    is_known[id] = true;
    descends_[id] = step.rows.begin < first_written[id]->begin;
    if (descends_[id]) first_rows_[id] = first_written[id]->end - window_rows_[id];
  }
  for (std::size_t id = 0; id < shared_.size(); ++id) {
    if (shared_[id] && window_rows_[id] > 0) first_rows_[id] = first_rows_[index_of(shared_[id]->owner)];
  }
}

void WindowRows::advance(const Step& step) {
  if (step.kind != StepKind::Slide) return;
  const std::size_t id = index_of(step.buffer);
  if (step.slot) {
    first_rows_[id] = step.rows.begin - *step.slot;
  } else {
    first_rows_[id] = descends_[id] ? step.rows.end - window_rows_[id] : step.rows.begin;
  }
  for (std::size_t other = 0; other < shared_.size(); ++other) {
    if (shared_[other] && shared_[other]->owner == step.buffer && window_rows_[other] > 0) {
      first_rows_[other] = first_rows_[id];
    }
  }
}

}  // namespace pudu::program
