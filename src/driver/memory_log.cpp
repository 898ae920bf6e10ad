#include "driver/memory_log.hpp"

#include <algorithm>
#include <string>

#include "driver/compile.hpp"
#include "kernels/kernel.hpp"

namespace pudu::driver {
namespace {

constexpr std::size_t scratch_alignment = 16;

/// The program with scratch from elsewhere.
program::Program without_scratch_operands(program::Program program) {
  for (program::KernelCall& call : program.calls) {
    std::erase_if(call.operands, [](const program::Operand& operand) { return operand.name == "scratch"; });
  }
  return program;
}

/// Of the call that takes most: nothing outlives its call, so that every call finds the whole pool free.
std::size_t most_scratch_bytes(const program::Program& program) {
  std::size_t most = 0;
  for (const program::KernelCall& call : program.calls) {
    std::size_t bytes = 0;
    for (const program::Operand& operand : call.operands) {
      if (operand.name != "scratch") continue;
      bytes += kernels::round_up(program.buffer(operand.buffer).bytes(), scratch_alignment);
    }
    most = std::max(most, bytes);
  }
  return most;
}

}  // namespace

std::array<MemoryCounter, 7> MemoryLog::counters() const {
  return {{{"model_pte_program_size", program_bytes},
           {"model_pte_loaded_size", loaded_program_bytes},
           {"method_allocator_planned", planned_bytes},
           {"method_allocator_loaded", loaded_method_bytes},
           {"method_allocator_input", input_bytes},
           {"method_allocator_executor", executor_bytes},
           {"temp_allocator", temp_bytes}}};
}

MemoryLog memory_log(const program::Program& program, const program::MemoryMap& memory) {
  MemoryLog log;
  log.program_bytes = constant_bytes(program);
  log.loaded_program_bytes = log.program_bytes;
  log.planned_bytes = memory.arena_bytes;
  return log;
}

Result<MemoryLog> memory_log_with_scratch_pool(const program::Program& program) {
  PUDU_TRY_ASSIGN(const program::MemoryMap memory, plan_program(without_scratch_operands(program)));
  MemoryLog log = memory_log(program, memory);
  log.temp_bytes = most_scratch_bytes(program);
  return log;
}

}  // namespace pudu::driver
