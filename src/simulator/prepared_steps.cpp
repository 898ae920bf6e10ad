#include "simulator/prepared_steps.hpp"

#include <algorithm>
#include <optional>

#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "ops/row_calls.hpp"

namespace pudu::simulator {
namespace {

using program::BufferId;
using program::BufferKind;
using program::KernelCall;
using program::MemoryMap;
using program::Operand;
using program::Program;
using program::RowRange;
using program::Step;
using program::StepKind;

bool is_in_arena(const program::Buffer& buffer) {
  return buffer.kind != BufferKind::Constant && buffer.kind != BufferKind::State;
}

class Preparer {
 public:
  Preparer(const Program& program, const MemoryMap& map)
      : program_(program), map_(map), windows_(program, *map.schedule) {
    for (const KernelCall& call : program.calls) forms_.push_back(ops::row_form(program, call));
  }

  PreparedStep prepare(const Step& step) {
    PreparedStep prepared;
    prepared.kind = step.kind;
    prepared.call_index = step.call;
    switch (step.kind) {
      case StepKind::Whole:
        prepare_whole(step, prepared);
        break;
      case StepKind::Rows:
        prepare_rows(step, prepared);
        break;
      case StepKind::Slide:
        prepared.moved_from = bytes_of(step.buffer, step.rows);
        windows_.advance(step);
        prepared.moved_to = bytes_of(step.buffer, step.rows);
        prepared.reads = {prepared.moved_from};
        prepared.writes = {prepared.moved_to};
        break;
      case StepKind::Feed:
        prepare_feed(step, prepared);
        break;
    }
    return prepared;
  }

 private:
  std::size_t row_bytes(BufferId id) const {
    const program::Buffer& buffer = program_.buffer(id);
    return buffer.bytes() / static_cast<std::size_t>(buffer.shape[1]);
  }
  /// Bytes from the buffer's first to the row's first.
  std::size_t row_offset(BufferId id, std::int32_t row) const {
    return static_cast<std::size_t>(row - windows_.first_row(id)) * row_bytes(id);
  }
  ByteRange bytes_of(BufferId id, RowRange rows) const {
    const std::size_t begin = map_.offset(id) + row_offset(id, rows.begin);
    return {begin, begin + static_cast<std::size_t>(rows.count()) * row_bytes(id)};
  }
  ByteRange bytes_of(BufferId id) const { return {map_.offset(id), map_.offset(id) + program_.buffer(id).bytes()}; }

  void note(const Operand& operand, ByteRange bytes, PreparedStep& prepared) const {
    if (!is_in_arena(program_.buffer(operand.buffer))) return;
    (program::is_written(operand.name) || operand.name == "scratch" ? prepared.writes : prepared.reads)
        .push_back(bytes);
  }

  std::size_t scratch_bytes(const KernelCall& call) const {
    return ops::planned_scratch_bytes(*ops::find_kernel(call.kernel), call.parameters, program_.target);
  }

  void prepare_whole(const Step& step, PreparedStep& prepared) const {
    prepared.call = program_.calls[step.call];
    for (const Operand& operand : prepared.call.operands) {
      prepared.call_offsets.push_back(0);
      if (!is_in_arena(program_.buffer(operand.buffer))) continue;
      const ByteRange whole = bytes_of(operand.buffer);
      const bool is_scratch = operand.name == "scratch";
      note(operand, is_scratch ? ByteRange{whole.begin, whole.begin + scratch_bytes(prepared.call)} : whole, prepared);
    }
  }

  void prepare_rows(const Step& step, PreparedStep& prepared) const {
    const KernelCall& whole = program_.calls[step.call];
    const ops::RowForm& form = forms_[step.call].value();
    prepared.call = ops::row_call(program_, whole, step.rows);
    for (const Operand& operand : whole.operands) {
      prepared.call_offsets.push_back(0);
      if (!is_in_arena(program_.buffer(operand.buffer))) continue;
      if (operand.name == "scratch") {
        const std::size_t begin = map_.offset(operand.buffer);
        note(operand, {begin, begin + scratch_bytes(prepared.call)}, prepared);
        continue;
      }
      std::optional<RowRange> rows;
      if (operand.name == "output" && !form.accumulates) rows = step.rows;
      for (const ops::RowInput& input : form.inputs) {
        if (input.operand == operand.name) rows = input.rows_read(step.rows);
      }
      // Rows of padding alone read nothing.
      if (rows && rows->count() == 0) continue;
      if (rows) prepared.call_offsets.back() = row_offset(operand.buffer, rows->begin);
      note(operand, rows ? bytes_of(operand.buffer, *rows) : bytes_of(operand.buffer), prepared);
    }
    if (form.accumulates && step.rows.begin > 0) {
      prepared.reads.push_back(bytes_of(whole.find_operand("output")->buffer));
    }
  }

  void prepare_feed(const Step& step, PreparedStep& prepared) const {
    const auto port = std::find_if(program_.inputs.begin(), program_.inputs.end(),
                                   [&](const program::Port& each) { return each.buffer == step.buffer; });
    prepared.input = static_cast<std::size_t>(port - program_.inputs.begin());
    prepared.input_offset = static_cast<std::size_t>(step.rows.begin) * row_bytes(step.buffer);
    prepared.fed = bytes_of(step.buffer, step.rows);
    prepared.writes = {prepared.fed};
  }

  const Program& program_;
  const MemoryMap& map_;
  program::WindowRows windows_;
  std::vector<std::optional<ops::RowForm>> forms_;
};

void set(std::vector<bool>& bytes, const std::vector<ByteRange>& ranges, bool value) {
  for (const ByteRange& range : ranges) {
    for (std::size_t i = range.begin; i < std::min(range.end, bytes.size()); ++i) bytes[i] = value;
  }
}

/// The bytes of `ranges` that are not alive.
std::vector<ByteRange> dead_bytes(const std::vector<ByteRange>& ranges, const std::vector<bool>& alive) {
  std::vector<ByteRange> dead;
  for (const ByteRange& range : ranges) {
    for (std::size_t i = range.begin; i < std::min(range.end, alive.size()); ++i) {
      if (alive[i]) continue;
      const bool continues = i > range.begin && !dead.empty() && dead.back().end == i;
      if (continues) {
        ++dead.back().end;
      } else {
        dead.push_back({i, i + 1});
      }
    }
  }
  return dead;
}

}  // namespace

std::vector<PreparedStep> prepare_steps(const Program& program, const MemoryMap& map) {
  Preparer preparer(program, map);
  std::vector<PreparedStep> steps;
  for (const Step& step : map.schedule->steps) steps.push_back(preparer.prepare(step));
  return steps;
}

std::vector<std::vector<ByteRange>> bytes_said_dead(const Program& program, const MemoryMap& map) {
  std::vector<std::vector<ByteRange>> dead(program.calls.size());
  for (std::size_t step = 0; step < dead.size(); ++step) {
    const int behind = static_cast<int>(step) + 1;
    std::vector<bool> alive(map.arena_bytes, false);
    std::vector<ByteRange> ended;
    for (const program::Buffer& buffer : program.buffers) {
      const std::optional<program::Lifetime>& lifetime = map.lifetimes[program::index_of(buffer.id)];
      if (!lifetime || !is_in_arena(buffer)) continue;
      const ByteRange bytes{map.offset(buffer.id), map.offset(buffer.id) + buffer.bytes()};
      const bool is_output = std::any_of(program.outputs.begin(), program.outputs.end(),
                                         [&](const program::Port& port) { return port.buffer == buffer.id; });
      if (lifetime->begin_step < behind && (lifetime->end_step > behind || is_output)) set(alive, {bytes}, true);
      if (lifetime->end_step == behind && !is_output) ended.push_back(bytes);
    }
    dead[step] = dead_bytes(ended, alive);
  }
  return dead;
}

std::vector<std::vector<ByteRange>> bytes_dying(const Program& program, const MemoryMap& map,
                                                const std::vector<PreparedStep>& steps) {
  std::vector<bool> alive(map.arena_bytes, false);
  for (const program::Port& port : program.outputs) {
    set(alive, {{map.offset(port.buffer), map.offset(port.buffer) + program.buffer(port.buffer).bytes()}}, true);
  }
  std::vector<std::vector<ByteRange>> dying(steps.size());
  for (std::size_t i = steps.size(); i-- > 0;) {
    dying[i] = dead_bytes(steps[i].reads, alive);
    const std::vector<ByteRange> unread = dead_bytes(steps[i].writes, alive);
    dying[i].insert(dying[i].end(), unread.begin(), unread.end());
    set(alive, steps[i].writes, false);
    set(alive, steps[i].reads, true);
  }
  return dying;
}

}  // namespace pudu::simulator
