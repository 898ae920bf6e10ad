#include "driver/any_cost.hpp"

#include <algorithm>

#include "driver/compile.hpp"
#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"

namespace pudu::driver {
namespace {

struct ExactProgram {
  program::Program program;
  std::size_t largest_scratch_bytes = 0;
};

/// The program with scratch buffers, and overlaps of inputs and outputs, as they would be for one ISA alone.
ExactProgram for_isa(const program::Program& original, targets::Isa isa) {
  ExactProgram exact{original};
  const targets::TargetConfig target{targets::Cpu::M55, isa, original.target.kernels};  // a CPU that has every ISA
  exact.program.target = target;
  for (program::KernelCall& call : exact.program.calls) {
    const auto scratch = std::find_if(call.operands.begin(), call.operands.end(),
                                      [](const program::Operand& operand) { return operand.name == "scratch"; });
    if (scratch == call.operands.end()) continue;
    const std::size_t bytes = ops::planned_scratch_bytes(*ops::find_kernel(call.kernel), call.parameters, target);
    program::Buffer& buffer = exact.program.buffer(scratch->buffer);
    exact.largest_scratch_bytes = std::max(exact.largest_scratch_bytes, bytes);
    if (bytes > 0) {
      buffer.shape = {static_cast<std::int64_t>(bytes)};
    } else {
      call.operands.erase(scratch);  // what nothing uses has no place in a plan
    }
  }
  return exact;
}

}  // namespace

Result<std::vector<emitters::ReportIsaCost>> costs_by_isa(const program::Program& program) {
  std::vector<emitters::ReportIsaCost> costs;
  if (!program.target.is_any()) return costs;
  for (const targets::Isa isa : program.target.isas()) {
    const ExactProgram exact = for_isa(program, isa);
    PUDU_TRY_ASSIGN(const program::MemoryMap plan, plan_program(exact.program));
    costs.push_back({std::string(targets::to_string(isa)), plan.arena_bytes, exact.largest_scratch_bytes});
  }
  return costs;
}

}  // namespace pudu::driver
