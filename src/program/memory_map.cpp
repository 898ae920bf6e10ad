#include "program/memory_map.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace pudu::program {

std::vector<std::optional<Lifetime>> lifetimes(const Program& program) {
  std::vector<std::optional<Lifetime>> result(program.buffers.size());
  const auto extend = [&](BufferId id, int begin, int end) {
    const BufferKind kind = program.buffer(id).kind;
    if (kind == BufferKind::Constant || kind == BufferKind::State) return;
    std::optional<Lifetime>& lifetime = result[index_of(id)];
    if (!lifetime) lifetime = Lifetime{begin, end};
    lifetime->begin_step = std::min(lifetime->begin_step, begin);
    lifetime->end_step = std::max(lifetime->end_step, end);
  };
  const int steps = std::max(1, static_cast<int>(program.calls.size()));
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind == BufferKind::Input) extend(buffer.id, 0, 1);
  }
  for (std::size_t step = 0; step < program.calls.size(); ++step) {
    for (const Operand& operand : program.calls[step].operands) {
      extend(operand.buffer, static_cast<int>(step), static_cast<int>(step) + 1);
    }
  }
  for (const Port& port : program.inputs) extend(port.buffer, 0, 1);
  for (const Port& port : program.outputs) extend(port.buffer, steps - 1, steps);
  return result;
}

void place_states(const Program& program, MemoryMap& map) {
  std::size_t end = 0;
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind != BufferKind::State) continue;
    const std::size_t begin = (end + state_alignment - 1) / state_alignment * state_alignment;
    map.offsets[index_of(buffer.id)] = begin;
    end = begin + buffer.bytes();
  }
  map.state_bytes = end;
}

namespace {

/// States have their places in the order of the buffers, so that each begins where the one before has ended, or later.
Status check_states(const Program& program, const MemoryMap& map) {
  std::size_t end = 0;
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind != BufferKind::State) continue;
    const std::optional<std::size_t>& offset = map.offsets[index_of(buffer.id)];
    if (!offset || *offset < end || *offset % state_alignment != 0 || *offset > map.state_bytes ||
        buffer.bytes() > map.state_bytes - *offset) {
      return internal_error({.where = buffer.name, .found = "the memory plan has no room for this state"});
    }
    end = *offset + buffer.bytes();
  }
  return {};
}

/// What of a buffer the arena holds. Of scratch nothing is known here when calls run by rows: it depends on the rows.
std::size_t held_bytes(const Buffer& buffer, const std::optional<Schedule>& schedule) {
  if (!schedule) return buffer.bytes();
  if (buffer.kind == BufferKind::Scratch) return 0;
  const std::int32_t window_rows = schedule->window_rows[index_of(buffer.id)];
  if (window_rows == 0) return buffer.bytes();
  return buffer.bytes() / static_cast<std::size_t>(buffer.shape[1]) * static_cast<std::size_t>(window_rows);
}

/// Its vectors are as long as the program's, calls exist, and windows are of images.
Status check_schedule(const Program& program, const Schedule& schedule) {
  const auto fault = [&](std::string found) {
    return internal_error({.where = program.name, .found = std::move(found)});
  };
  if (schedule.window_rows.size() != program.buffers.size() || schedule.shared.size() != program.buffers.size()) {
    return fault("the schedule is that of another program");
  }
  for (const Step& step : schedule.steps) {
    const bool is_call = step.kind == StepKind::Whole || step.kind == StepKind::Rows;
    if (is_call ? step.call >= program.calls.size() : index_of(step.buffer) >= program.buffers.size()) {
      return fault("the schedule has a step of a call or buffer that there is none of");
    }
    const bool has_rows = step.kind == StepKind::Rows || step.kind == StepKind::Feed;
    if (has_rows && step.rows.begin >= step.rows.end) return fault("a step of no rows");
    if (!is_call && schedule.window_rows[index_of(step.buffer)] == 0) {
      return fault("a step moves or feeds a buffer that is no window");
    }
  }
  for (const Buffer& buffer : program.buffers) {
    if (schedule.window_rows[index_of(buffer.id)] != 0 && buffer.shape.size() != 4) {
      return fault("a window of a buffer that is no image");
    }
  }
  return {};
}

}  // namespace

Status check_map(const Program& program, const MemoryMap& map) {
  if (map.offsets.size() != program.buffers.size() || map.lifetimes.size() != program.buffers.size()) {
    return internal_error({.where = program.name, .found = "the memory plan is that of another program"});
  }
  if (map.schedule) PUDU_TRY(check_schedule(program, *map.schedule));
  // Calls that a schedule leaves out need nothing.
  const std::vector<std::optional<Lifetime>> needed = map.schedule ? map.lifetimes : lifetimes(program);
  for (const Buffer& buffer : program.buffers) {
    if (!needed[index_of(buffer.id)] || buffer.kind == BufferKind::State) continue;
    const std::optional<std::size_t>& offset = map.offsets[index_of(buffer.id)];
    const std::size_t bytes = held_bytes(buffer, map.schedule);
    if (!offset || *offset > map.arena_bytes || bytes > map.arena_bytes - *offset) {
      return internal_error({.where = buffer.name, .found = "the memory plan has no room for this buffer"});
    }
  }
  return check_states(program, map);
}

}  // namespace pudu::program
