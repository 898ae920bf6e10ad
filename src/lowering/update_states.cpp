#include "lowering/update_states.hpp"

#include <algorithm>
#include <optional>

#include "kernels/copy/copy_s8.hpp"
#include "ops/registry.hpp"

namespace pudu::lowering {
namespace {

using program::BufferId;
using program::BufferKind;
using program::KernelCall;
using program::Operand;

bool is_output_port(const program::Program& program, BufferId id) {
  return std::any_of(program.outputs.begin(), program.outputs.end(),
                     [id](const program::Port& port) { return port.buffer == id; });
}

/// Number of the one call that writes the buffer; empty when there are more.
std::optional<std::size_t> only_writer(const program::Program& program, BufferId id) {
  std::optional<std::size_t> writer;
  for (std::size_t step = 0; step < program.calls.size(); ++step) {
    for (const Operand& operand : program.calls[step].operands) {
      if (operand.buffer != id || !program::is_written(operand.name)) continue;
      if (writer) return std::nullopt;
      writer = step;
    }
  }
  return writer;
}

/// May `call` write the result that is now in `result` over `state`, whatever it reads of it?
bool works_in_place(const KernelCall& call, BufferId state, BufferId result) {
  const std::vector<std::string_view> in_place = ops::find_kernel(call.kernel)->in_place_inputs(call.parameters);
  return std::all_of(call.operands.begin(), call.operands.end(), [&](const Operand& read) {
    if (read.buffer != state || program::is_written(read.name)) return true;
    const Operand* updated = call.find_operand(program::updated_operand(read.name));
    if (updated != nullptr && updated->buffer == result) return true;
    const Operand* output = call.find_operand("output");
    return output != nullptr && output->buffer == result &&
           std::find(in_place.begin(), in_place.end(), read.name) != in_place.end();
  });
}

/// Does a call behind `step`, the copy aside, use the state?
bool is_used_behind(const program::Program& program, BufferId state, std::size_t step, std::size_t copy) {
  for (std::size_t other = step + 1; other < program.calls.size(); ++other) {
    if (other == copy) continue;
    for (const Operand& operand : program.calls[other].operands) {
      if (operand.buffer == state) return true;
    }
  }
  return false;
}

bool can_update(const program::Program& program, std::size_t copy, BufferId source, BufferId state) {
  if (program.buffer(source).kind != BufferKind::Activation || is_output_port(program, source)) return false;
  const std::optional<std::size_t> writer = only_writer(program, source);
  if (!writer || !only_writer(program, state)) return false;
  return !is_used_behind(program, state, *writer, copy) && works_in_place(program.calls[*writer], state, source);
}

/// Removes a buffer that nothing uses; the ids behind it move up.
void erase_buffer(program::Program& program, BufferId erased) {
  program.buffers.erase(program.buffers.begin() + static_cast<std::ptrdiff_t>(program::index_of(erased)));
  const auto renumber = [erased](BufferId& id) {
    if (id > erased) id = static_cast<BufferId>(program::index_of(id) - 1);
  };
  for (program::Buffer& buffer : program.buffers) renumber(buffer.id);
  for (KernelCall& call : program.calls) {
    for (Operand& operand : call.operands) renumber(operand.buffer);
  }
  for (std::vector<program::Port>* ports : {&program.inputs, &program.outputs}) {
    for (program::Port& port : *ports) renumber(port.buffer);
  }
}

void replace_buffer(program::Program& program, BufferId from, BufferId to) {
  for (KernelCall& call : program.calls) {
    for (Operand& operand : call.operands) {
      if (operand.buffer == from) operand.buffer = to;
    }
  }
}

}  // namespace

void update_states_in_place(program::Program& program) {
  for (std::size_t step = program.calls.size(); step-- > 0;) {
    const KernelCall& copy = program.calls[step];
    if (copy.kernel != kernels::CopyS8::name) continue;
    const BufferId source = copy.find_operand("input")->buffer;
    const BufferId state = copy.find_operand("output")->buffer;
    if (program.buffer(state).kind != BufferKind::State || !can_update(program, step, source, state)) continue;
    program.calls.erase(program.calls.begin() + static_cast<std::ptrdiff_t>(step));
    replace_buffer(program, source, state);
    erase_buffer(program, source);
  }
}

}  // namespace pudu::lowering
