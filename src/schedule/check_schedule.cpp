#include "schedule/check_schedule.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "ops/row_calls.hpp"
#include "schedule/call_overlaps.hpp"
#include "schedule/tagged_arena.hpp"

namespace pudu::schedule {
namespace {

using program::Buffer;
using program::BufferId;
using program::BufferKind;
using program::index_of;
using program::RowRange;
using program::Step;
using program::StepKind;

bool is_in_arena(const Buffer& buffer) {
  return buffer.kind != BufferKind::Constant && buffer.kind != BufferKind::State;
}

std::int32_t row_count(const Buffer& buffer) {
  return buffer.shape.size() == 4 && buffer.shape[0] == 1 ? static_cast<std::int32_t>(buffer.shape[1]) : 1;
}

/// Bytes [begin, end) that a step uses.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  BufferId owner{};
  bool meets(const Range& other) const { return begin < other.end && other.begin < end; }
};

class Run {
 public:
  Run(const program::Program& program, const program::MemoryMap& map, const program::Schedule& schedule)
      : program_(program), map_(map), schedule_(schedule), windows_(program, schedule) {
    summed_.resize(program.calls.size(), 0);
    // Of calls as a whole nothing but their operands is asked.
    forms_.resize(program.calls.size());
    for (const Step& step : schedule.steps) {
      if (step.kind == StepKind::Rows && !forms_[step.call]) {
        forms_[step.call] = ops::row_form(program, program.calls[step.call]);
      }
    }
  }

  Status run() {
    PUDU_TRY(check_sharing());
    for (const Buffer& buffer : program_.buffers) {
      if (buffer.kind == BufferKind::Input && map_.offsets[index_of(buffer.id)] && !is_window(buffer.id)) {
        PUDU_TRY(write_all(buffer));
      }
    }
    for (const Step& step : schedule_.steps) {
      reads_.clear();
      writes_.clear();
      PUDU_TRY(run_step(step));
      PUDU_TRY(check_overlaps(step));
      windows_.advance(step);
    }
    for (const program::Port& port : program_.outputs) PUDU_TRY(read_all(program_.buffer(port.buffer), "at the end"));
    return {};
  }

 private:
  Error fault(const Buffer& buffer, std::string found) const {
    return internal_error({.where = buffer.name, .found = "the schedule is wrong: " + std::move(found)});
  }

  bool is_window(BufferId id) const { return schedule_.window_rows[index_of(id)] > 0; }

  BufferId owner_of(BufferId id) const {
    const auto& shared = schedule_.shared[index_of(id)];
    return shared ? shared->owner : id;
  }

  Status check_sharing() const {
    for (const Buffer& buffer : program_.buffers) {
      const auto& shared = schedule_.shared[index_of(buffer.id)];
      if (!shared || !map_.offsets[index_of(buffer.id)]) continue;
      if (schedule_.shared[index_of(shared->owner)]) return fault(buffer, "its owner has no memory of its own");
      if (map_.offset(buffer.id) != map_.offset(shared->owner) + shared->offset) {
        return fault(buffer, "it does not lie in its owner");
      }
    }
    return {};
  }

  /// Where a row lies; the range's fault is that of the step.
  Result<Range> row_range(const Buffer& buffer, std::int32_t row) const {
    const std::size_t row_bytes = buffer.bytes() / static_cast<std::size_t>(row_count(buffer));
    std::int32_t slot = row;
    if (is_window(buffer.id)) {
      slot -= windows_.first_row(buffer.id);
      if (slot < 0 || slot >= schedule_.window_rows[index_of(buffer.id)]) {
        return fault(buffer, "row " + std::to_string(row) + " is outside of its window");
      }
    }
    if (!map_.offsets[index_of(buffer.id)]) return fault(buffer, "it has no memory");
    const std::size_t begin = map_.offset(buffer.id) + static_cast<std::size_t>(slot) * row_bytes;
    if (begin + row_bytes > map_.arena_bytes) return fault(buffer, "it ends behind the arena");
    return Range{begin, begin + row_bytes, owner_of(buffer.id)};
  }

  Status read_row(const Buffer& buffer, std::int32_t row, const std::string& when) {
    PUDU_TRY_ASSIGN(const Range range, row_range(buffer, row));
    if (!arena_.holds(range.begin, range.end, {buffer.id, row})) {
      return fault(buffer, "row " + std::to_string(row) + " is not there " + when);
    }
    reads_.push_back(range);
    return {};
  }

  Status read_all(const Buffer& buffer, const std::string& when) {
    for (std::int32_t row = 0; row < row_count(buffer); ++row) PUDU_TRY(read_row(buffer, row, when));
    return {};
  }

  Status write_row(const Buffer& buffer, std::int32_t place, std::int32_t tag) {
    PUDU_TRY_ASSIGN(const Range range, row_range(buffer, place));
    writes_.push_back(range);
    arena_.write(range.begin, range.end, {buffer.id, tag});
    return {};
  }

  Status write_all(const Buffer& buffer) {
    for (std::int32_t row = 0; row < row_count(buffer); ++row) PUDU_TRY(write_row(buffer, row, row));
    return {};
  }

  Status run_step(const Step& step) {
    switch (step.kind) {
      case StepKind::Whole:
        return run_call(step, nullptr);
      case StepKind::Rows:
        if (!forms_[step.call]) {
          return internal_error(
              {.where = program_.calls[step.call].name, .found = "a call that has no rows runs by rows"});
        }
        return run_call(step, &*forms_[step.call]);
      case StepKind::Slide:
        return slide(step);
      case StepKind::Feed:
        break;
    }
    const Buffer& buffer = program_.buffer(step.buffer);
    for (std::int32_t row = step.rows.begin; row < step.rows.end; ++row) PUDU_TRY(write_row(buffer, row, row));
    return {};
  }

  Status slide(const Step& step) {
    const Buffer& buffer = program_.buffer(step.buffer);
    for (std::int32_t row = step.rows.begin; row < step.rows.end; ++row) {
      PUDU_TRY(read_row(buffer, row, "when its window slides"));
    }
    reads_.clear();
    program::WindowRows before = windows_;
    windows_.advance(step);
    for (std::int32_t row = step.rows.begin; row < step.rows.end; ++row) PUDU_TRY(write_row(buffer, row, row));
    windows_ = std::move(before);
    return {};
  }

  /// `form` is null for a whole call.
  Status run_call(const Step& step, const ops::RowForm* form) {
    const program::KernelCall& call = program_.calls[step.call];
    const std::string when = "when '" + call.name + "' reads it";
    if (form != nullptr && form->first_step(step.rows) != step.rows) {
      return fault(program_.buffer(program::output_of(call)), "'" + call.name + "' begins within a group of rows");
    }
    for (const program::Operand& operand : call.operands) {
      const Buffer& buffer = program_.buffer(operand.buffer);
      if (!is_in_arena(buffer) || operand.name == "scratch" || program::is_written(operand.name)) continue;
      const ops::RowInput* input = find_input(form, operand.name);
      if (input == nullptr) {
        PUDU_TRY(read_all(buffer, when));
        continue;
      }
      const RowRange rows = input->rows_read(step.rows);
      for (std::int32_t row = rows.begin; row < rows.end; ++row) PUDU_TRY(read_row(buffer, row, when));
    }
    PUDU_TRY(use_scratch(step, form != nullptr));
    for (const program::Operand& operand : call.operands) {
      const Buffer& buffer = program_.buffer(operand.buffer);
      if (!is_in_arena(buffer) || operand.name == "scratch" || !program::is_written(operand.name)) continue;
      PUDU_TRY(write_result(step, buffer, form));
    }
    return {};
  }

  static const ops::RowInput* find_input(const ops::RowForm* form, const std::string& operand) {
    if (form == nullptr) return nullptr;
    const auto found = std::find_if(form->inputs.begin(), form->inputs.end(),
                                    [&](const ops::RowInput& input) { return input.operand == operand; });
    return found != form->inputs.end() ? &*found : nullptr;
  }

  Status write_result(const Step& step, const Buffer& buffer, const ops::RowForm* form) {
    if (form == nullptr) return write_all(buffer);
    if (form->accumulates) return add_rows(step, buffer, *form);
    for (std::int32_t row = step.rows.begin; row < step.rows.end; ++row) PUDU_TRY(write_row(buffer, row, row));
    return {};
  }

  /// Sums count the rows in them; complete ones look like any result.
  Status add_rows(const Step& step, const Buffer& buffer, const ops::RowForm& form) {
    std::int32_t& rows = summed_[step.call];
    if (rows != step.rows.begin) return fault(buffer, "rows are not added in their order");
    if (rows > 0) {
      for (std::int32_t row = 0; row < row_count(buffer); ++row) {
        PUDU_TRY_ASSIGN(const Range range, row_range(buffer, row));
        if (!arena_.holds(range.begin, range.end, {buffer.id, -rows})) return fault(buffer, "its sums are not there");
      }
    }
    rows = step.rows.end;
    const bool is_complete = rows == form.output_rows;
    for (std::int32_t row = 0; row < row_count(buffer); ++row) {
      PUDU_TRY(write_row(buffer, row, is_complete ? row : -rows));
    }
    return {};
  }

  Status use_scratch(const Step& step, bool by_rows) {
    const program::KernelCall& whole = program_.calls[step.call];
    const program::Operand* scratch = whole.find_operand("scratch");
    if (scratch == nullptr) return {};
    const Buffer& buffer = program_.buffer(scratch->buffer);
    std::size_t bytes = buffer.bytes();
    if (by_rows) {
      const program::KernelCall part = ops::row_call(program_, whole, step.rows);
      bytes = ops::planned_scratch_bytes(*ops::find_kernel(part.kernel), part.parameters, program_.target);
    }
    if (bytes == 0) return {};
    if (!map_.offsets[index_of(buffer.id)]) return fault(buffer, "it has no memory");
    const std::size_t begin = map_.offset(buffer.id);
    if (begin + bytes > map_.arena_bytes) return fault(buffer, "it ends behind the arena");
    const Range range{begin, begin + bytes, buffer.id};
    for (const Range& read : reads_) {
      if (range.meets(read)) return fault(buffer, "it lies over what '" + whole.name + "' reads");
    }
    writes_.push_back(range);
    arena_.write(range.begin, range.end, {buffer.id, 0});
    return {};
  }

  /// Is it the output of a whole call that lies over its input as far as the kernel allows?
  bool may_share(const Step& step, const Range& write, const Range& read) const {
    if (step.kind != StepKind::Whole) return false;
    const program::KernelCall& call = program_.calls[step.call];
    const program::Operand* input = call.find_operand("input");
    const program::Operand* output = call.find_operand("output");
    return input != nullptr && output != nullptr && read.owner == owner_of(input->buffer) &&
           write.owner == owner_of(output->buffer) && may_overlap(program_, map_, call);
  }

  /// What a step writes must not lie over what it reads, but for results in the place of an input, and those that
  /// follow their input closely enough.
  Status check_overlaps(const Step& step) const {
    if (step.kind == StepKind::Slide || step.kind == StepKind::Feed) return {};
    for (std::size_t i = 0; i < writes_.size(); ++i) {
      const Range& write = writes_[i];
      const auto meets = [&](const Range& other) { return write.meets(other) && write.owner != other.owner; };
      const auto is_overwritten = [&](const Range& read) { return meets(read) && !may_share(step, write, read); };
      if (std::any_of(reads_.begin(), reads_.end(), is_overwritten) ||
          std::any_of(writes_.begin() + static_cast<std::ptrdiff_t>(i) + 1, writes_.end(), meets)) {
        return fault(program_.buffer(write.owner), "'" + program_.calls[step.call].name + "' writes over what it uses");
      }
    }
    return {};
  }

  const program::Program& program_;
  const program::MemoryMap& map_;
  const program::Schedule& schedule_;
  program::WindowRows windows_;
  std::vector<std::optional<ops::RowForm>> forms_;
  std::vector<std::int32_t> summed_;  ///< by call: rows that its sums hold
  TaggedArena arena_;
  std::vector<Range> reads_, writes_;  ///< of the step
};

bool leaves_out_calls(const program::Program& program, const program::Schedule& schedule) {
  std::vector<bool> runs(program.calls.size(), false);
  for (const Step& step : schedule.steps) {
    if (step.kind == StepKind::Whole || step.kind == StepKind::Rows) runs[step.call] = true;
  }
  return std::find(runs.begin(), runs.end(), false) != runs.end();
}

}  // namespace

Status check_schedule(const program::Program& program, const program::MemoryMap& map) {
  if (map.offsets.size() != program.buffers.size()) {
    return internal_error({.where = program.name, .found = "the memory plan is that of another program"});
  }
  if (map.schedule && leaves_out_calls(program, *map.schedule)) return {};
  if (map.schedule) return Run(program, map, *map.schedule).run();
  const program::Schedule schedule = program::layerwise_schedule(program);
  return Run(program, map, schedule).run();
}

}  // namespace pudu::schedule
