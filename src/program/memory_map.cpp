#include "program/memory_map.hpp"

#include <algorithm>

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

}  // namespace

Status check_map(const Program& program, const MemoryMap& map) {
  if (map.offsets.size() != program.buffers.size() || map.lifetimes.size() != program.buffers.size()) {
    return internal_error({.where = program.name, .found = "the memory plan is that of another program"});
  }
  const std::vector<std::optional<Lifetime>> needed = lifetimes(program);
  for (const Buffer& buffer : program.buffers) {
    if (!needed[index_of(buffer.id)]) continue;
    const std::optional<std::size_t>& offset = map.offsets[index_of(buffer.id)];
    if (!offset || *offset > map.arena_bytes || buffer.bytes() > map.arena_bytes - *offset) {
      return internal_error({.where = buffer.name, .found = "the memory plan has no room for this buffer"});
    }
  }
  return check_states(program, map);
}

}  // namespace pudu::program
