#include "simulator/simulator.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/cancellation.hpp"
#include "ops/registry.hpp"
#include "ops/row_calls.hpp"

namespace pudu::simulator {
namespace {

constexpr std::size_t guard_bytes = 64;
constexpr std::size_t arena_alignment = 16;
constexpr std::byte guard_value{0xC5};
constexpr std::byte poison_value{0xA9};

/// Memory for a block of `bytes` between guards; sets where the block begins, at an aligned address.
std::vector<std::byte> guarded_memory(std::size_t bytes, std::size_t& begin) {
  std::vector<std::byte> memory(guard_bytes * 2 + bytes + arena_alignment, guard_value);
  const auto start = reinterpret_cast<std::uintptr_t>(memory.data()) + guard_bytes;
  begin = guard_bytes + (arena_alignment - start % arena_alignment) % arena_alignment;
  return memory;
}

/// Both lists have an entry for every step.
void append_each(std::vector<std::vector<ByteRange>>& lists, const std::vector<std::vector<ByteRange>>& more) {
  for (std::size_t step = 0; step < more.size(); ++step) {
    lists[step].insert(lists[step].end(), more[step].begin(), more[step].end());
  }
}

}  // namespace

Simulator::Simulator(const program::Program& program, const program::MemoryMap& map, FreeMemory free_memory,
                     std::shared_ptr<const host_kernels::ProgramLayers> layers)
    : program_(&program), map_(map), free_memory_(free_memory), layers_(std::move(layers)) {
  // Which bytes die with a step, not which buffers, is known of schedules: outputs may lie over inputs.
  if (free_memory == FreeMemory::Poisoned && !map.schedule) map_.schedule = program::layerwise_schedule(program);
  memory_ = guarded_memory(map.arena_bytes, arena_begin_);
  state_memory_ = guarded_memory(map.state_bytes, state_begin_);
  if (map_.schedule) steps_ = prepare_steps(program, map_);
  if (free_memory == FreeMemory::Poisoned) {
    dying_ = bytes_dying(program, map_, steps_);
    if (!map.schedule) append_each(dying_, bytes_said_dead(program, map));
  }
  reset();
}

void Simulator::reset() {
  for (const program::Buffer& buffer : program_->buffers) {
    if (buffer.kind == program::BufferKind::State)
      std::copy(buffer.data->begin(), buffer.data->end(), address(buffer.id));
  }
}

Result<Simulator> Simulator::create(const program::Program& program, const program::MemoryMap& map,
                                    FreeMemory free_memory, std::shared_ptr<const host_kernels::ProgramLayers> layers) {
  for (const program::KernelCall& call : program.calls) {
    if (ops::find_kernel(call.kernel) == nullptr) {
      return invalid_input({.where = call.name,
                            .found = "unknown kernel '" + call.kernel + "'",
                            .allowed = "the kernels of this version of Pudu",
                            .hint = "compile the model again with this version"});
    }
  }
  PUDU_TRY(program::check_map(program, map));
  for (const program::Step& step : map.schedule ? map.schedule->steps : std::vector<program::Step>()) {
    if (step.kind != program::StepKind::Rows || ops::row_form(program, program.calls[step.call])) continue;
    return internal_error({.where = program.calls[step.call].name, .found = "a plan for rows of a call without any"});
  }
  if (free_memory == FreeMemory::Poisoned) layers = host_kernels::ProgramLayers::twins_only();
  if (layers == nullptr) layers = host_kernels::ProgramLayers::make(program);
  return Simulator(program, map, free_memory, std::move(layers));
}

std::span<std::byte> Simulator::arena() {
  return {memory_.data() + arena_begin_, map_.arena_bytes};
}

std::byte* Simulator::address(program::BufferId id) {
  const program::Buffer& buffer = program_->buffer(id);
  if (buffer.kind == program::BufferKind::State) return state_memory_.data() + state_begin_ + map_.offset(id);
  // Kernels take constants by pointer to const; the cast only serves the common table of addresses.
  if (buffer.data) return const_cast<std::byte*>(buffer.data->data());
  return arena().data() + map_.offset(id);
}

Status Simulator::check_inputs(std::span<const std::vector<std::byte>> inputs) const {
  if (inputs.size() != program_->inputs.size()) {
    return invalid_input({.where = "inputs",
                          .found = std::to_string(inputs.size()) + " inputs",
                          .allowed = "the model has " + std::to_string(program_->inputs.size())});
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const program::Port& port = program_->inputs[i];
    const std::size_t expected = program_->buffer(port.buffer).bytes();
    if (inputs[i].size() != expected) {
      return invalid_input({.where = port.name,
                            .found = std::to_string(inputs[i].size()) + " bytes",
                            .allowed = "one sample has " + std::to_string(expected) + " bytes"});
    }
  }
  return {};
}

void Simulator::run_call(std::size_t index, const program::KernelCall& call, std::span<const std::size_t> offsets) {
  base::check_cancelled();
  const auto operand_address = [&](std::string_view name) -> void* {
    const program::Operand* operand = call.find_operand(name);
    if (operand == nullptr) return nullptr;
    return address(operand->buffer) + offsets[static_cast<std::size_t>(operand - call.operands.data())];
  };
  const host_kernels::Layer* layer = layers_->layer(index);
  if (layer != nullptr && layer->run(call.parameters, operand_address)) return;
  ops::find_kernel(call.kernel)->run(call.parameters, operand_address);
}

void Simulator::run_layers(const StepObserver& observer) {
  for (std::size_t step = 0; step < program_->calls.size(); ++step) {
    const program::KernelCall& call = program_->calls[step];
    run_call(step, call, std::vector<std::size_t>(call.operands.size(), 0));
    if (observer) observer(step, arena());
  }
}

void Simulator::poison(const std::vector<ByteRange>& ranges) {
  for (const ByteRange& range : ranges) {
    std::memset(arena().data() + range.begin, static_cast<int>(poison_value), range.end - range.begin);
  }
}

void Simulator::run_scheduled(const PreparedStep& step, std::span<const std::vector<std::byte>> inputs) {
  switch (step.kind) {
    case program::StepKind::Whole:
    case program::StepKind::Rows:
      return run_call(step.call_index, step.call, step.call_offsets);
    case program::StepKind::Slide:
      std::memmove(arena().data() + step.moved_to.begin, arena().data() + step.moved_from.begin,
                   step.moved_from.end - step.moved_from.begin);
      return;
    case program::StepKind::Feed:
      std::memcpy(arena().data() + step.fed.begin, inputs[step.input].data() + step.input_offset,
                  step.fed.end - step.fed.begin);
      return;
  }
}

void Simulator::run_schedule(std::span<const std::vector<std::byte>> inputs, const StepObserver& observer) {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    run_scheduled(steps_[i], inputs);
    if (observer) observer(i, arena());
    if (free_memory_ == FreeMemory::Poisoned) poison(dying_[i]);
  }
}

/// Does the input arrive by rows, not before the first step?
bool Simulator::is_fed(program::BufferId id) const {
  return map_.schedule && map_.schedule->window_rows[program::index_of(id)] > 0;
}

bool Simulator::guards_intact(const std::vector<std::byte>& memory, std::size_t begin, std::size_t bytes) {
  const auto is_guard = [](std::byte value) { return value == guard_value; };
  return std::all_of(memory.begin(), memory.begin() + static_cast<std::ptrdiff_t>(begin), is_guard) &&
         std::all_of(memory.begin() + static_cast<std::ptrdiff_t>(begin + bytes), memory.end(), is_guard);
}

Result<std::vector<std::vector<std::byte>>> Simulator::run(std::span<const std::vector<std::byte>> inputs,
                                                           const StepObserver& observer) {
  PUDU_TRY(check_inputs(inputs));
  if (free_memory_ == FreeMemory::Poisoned) std::fill(arena().begin(), arena().end(), poison_value);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const program::BufferId id = program_->inputs[i].buffer;
    if (!is_fed(id)) std::copy(inputs[i].begin(), inputs[i].end(), address(id));
  }
  if (map_.schedule) {
    run_schedule(inputs, observer);
  } else {
    run_layers(observer);
  }
  if (!guards_intact(memory_, arena_begin_, map_.arena_bytes)) {
    return internal_error({.where = program_->name, .found = "a kernel wrote outside of the arena"});
  }
  if (!guards_intact(state_memory_, state_begin_, map_.state_bytes)) {
    return internal_error({.where = program_->name, .found = "a kernel wrote outside of the states"});
  }
  std::vector<std::vector<std::byte>> outputs;
  for (const program::Port& port : program_->outputs) {
    const std::byte* begin = address(port.buffer);
    outputs.emplace_back(begin, begin + program_->buffer(port.buffer).bytes());
  }
  return outputs;
}

}  // namespace pudu::simulator
