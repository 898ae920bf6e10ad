#include "simulator/simulator.hpp"

#include <algorithm>
#include <cstring>

#include "ops/registry.hpp"

namespace pudu::simulator {
namespace {

constexpr std::size_t guard_bytes = 64;
constexpr std::size_t arena_alignment = 16;
constexpr std::byte guard_value{0xC5};
constexpr std::byte poison_value{0xA9};

}  // namespace

Simulator::Simulator(const program::Program& program, const program::MemoryMap& map, FreeMemory free_memory)
    : program_(&program), map_(map), free_memory_(free_memory) {
  memory_.assign(guard_bytes * 2 + map.arena_bytes + arena_alignment, guard_value);
  const auto start = reinterpret_cast<std::uintptr_t>(memory_.data()) + guard_bytes;
  arena_begin_ = guard_bytes + (arena_alignment - start % arena_alignment) % arena_alignment;
}

Result<Simulator> Simulator::create(const program::Program& program, const program::MemoryMap& map,
                                    FreeMemory free_memory) {
  for (const program::KernelCall& call : program.calls) {
    if (ops::find_kernel(call.kernel) == nullptr) {
      return invalid_input({.where = call.name,
                            .found = "unknown kernel '" + call.kernel + "'",
                            .allowed = "the kernels of this version of Pudu",
                            .hint = "compile the model again with this version"});
    }
  }
  PUDU_TRY(program::check_map(program, map));
  return Simulator(program, map, free_memory);
}

std::span<std::byte> Simulator::arena() {
  return {memory_.data() + arena_begin_, map_.arena_bytes};
}

std::byte* Simulator::address(program::BufferId id) {
  const program::Buffer& buffer = program_->buffer(id);
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

void Simulator::run_step(std::size_t step) {
  const program::KernelCall& call = program_->calls[step];
  const program::Operand* scratch = call.find_operand("scratch");
  if (scratch != nullptr && free_memory_ == FreeMemory::Poisoned) {
    std::memset(address(scratch->buffer), static_cast<int>(poison_value), program_->buffer(scratch->buffer).bytes());
  }
  ops::find_kernel(call.kernel)->run(call.parameters, [&](std::string_view name) -> void* {
    const program::Operand* operand = call.find_operand(name);
    return operand != nullptr ? address(operand->buffer) : nullptr;
  });
}

void Simulator::poison_dead_buffers(std::size_t step) {
  for (const program::Buffer& buffer : program_->buffers) {
    const auto& lifetime = map_.lifetimes[program::index_of(buffer.id)];
    if (!lifetime || lifetime->end_step != static_cast<int>(step) + 1) continue;
    const bool is_output = std::any_of(program_->outputs.begin(), program_->outputs.end(),
                                       [&](const program::Port& port) { return port.buffer == buffer.id; });
    if (!is_output) std::memset(address(buffer.id), static_cast<int>(poison_value), buffer.bytes());
  }
}

bool Simulator::guards_intact() const {
  const auto is_guard = [](std::byte value) { return value == guard_value; };
  const auto arena_end = static_cast<std::ptrdiff_t>(arena_begin_ + map_.arena_bytes);
  return std::all_of(memory_.begin(), memory_.begin() + static_cast<std::ptrdiff_t>(arena_begin_), is_guard) &&
         std::all_of(memory_.begin() + arena_end, memory_.end(), is_guard);
}

Result<std::vector<std::vector<std::byte>>> Simulator::run(std::span<const std::vector<std::byte>> inputs,
                                                           const StepObserver& observer) {
  PUDU_TRY(check_inputs(inputs));
  if (free_memory_ == FreeMemory::Poisoned) std::fill(arena().begin(), arena().end(), poison_value);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::copy(inputs[i].begin(), inputs[i].end(), address(program_->inputs[i].buffer));
  }
  for (std::size_t step = 0; step < program_->calls.size(); ++step) {
    run_step(step);
    if (observer) observer(step, arena());
    if (free_memory_ == FreeMemory::Poisoned) poison_dead_buffers(step);
  }
  if (!guards_intact()) {
    return internal_error({.where = program_->name, .found = "a kernel wrote outside of the arena"});
  }
  std::vector<std::vector<std::byte>> outputs;
  for (const program::Port& port : program_->outputs) {
    const std::byte* begin = address(port.buffer);
    outputs.emplace_back(begin, begin + program_->buffer(port.buffer).bytes());
  }
  return outputs;
}

}  // namespace pudu::simulator
