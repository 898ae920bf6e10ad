#include "program/unused_buffers.hpp"

#include <utility>

namespace pudu::program {

void drop_unused_buffers(Program& program) {
  std::vector<bool> is_used(program.buffers.size(), false);
  const auto for_each_id = [&program](const auto& visit) {
    for (KernelCall& call : program.calls) {
      for (Operand& operand : call.operands) visit(operand.buffer);
    }
    for (auto* ports : {&program.inputs, &program.outputs}) {
      for (Port& port : *ports) visit(port.buffer);
    }
  };
  for_each_id([&](BufferId id) { is_used[index_of(id)] = true; });
  std::vector<Buffer> kept;
  std::vector<BufferId> new_ids(program.buffers.size());
  for (Buffer& buffer : program.buffers) {
    if (!is_used[index_of(buffer.id)]) continue;
    const auto id = static_cast<BufferId>(kept.size());
    new_ids[index_of(buffer.id)] = id;
    buffer.id = id;
    kept.push_back(std::move(buffer));
  }
  program.buffers = std::move(kept);
  for_each_id([&](BufferId& id) { id = new_ids[index_of(id)]; });
}

}  // namespace pudu::program
