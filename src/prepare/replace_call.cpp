#include "prepare/replace_call.hpp"

#include <algorithm>
#include <utility>

#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "prepare/rows.hpp"

namespace pudu::prepare {
namespace {

bool has_field(const ops::KernelBinding& kernel, std::string_view name) {
  return std::any_of(kernel.operands.begin(), kernel.operands.end(),
                     [&](const ops::OperandField& field) { return field.name == name; });
}

/// The new call's operands: what the old one computes on, prepared constants, scratch.
std::vector<program::Operand> operands_of(program::Program& program, const program::KernelCall& call,
                                          const ops::KernelBinding& kernel, const Candidate& candidate) {
  std::vector<program::Operand> operands;
  for (const program::Operand& operand : call.operands) {
    const program::BufferKind kind = program.buffer(operand.buffer).kind;
    if (kind == program::BufferKind::Scratch || !has_field(kernel, operand.name)) continue;
    const bool is_replaced =
        std::any_of(candidate.constants.begin(), candidate.constants.end(),
                    [&](const PreparedConstant& constant) { return constant.operand == operand.name; });
    if (!is_replaced) operands.push_back(operand);
  }
  for (const PreparedConstant& constant : candidate.constants) {
    program::Buffer buffer;
    buffer.name = call.name + ".prepared_" + constant.operand;
    buffer.kind = program::BufferKind::Constant;
    buffer.type = constant.type;
    buffer.shape = {static_cast<std::int64_t>(constant.data->size() / program::size_in_bytes(constant.type))};
    buffer.data = constant.data;
    operands.push_back({constant.operand, program.add_buffer(std::move(buffer))});
  }
  const std::size_t scratch_bytes = ops::planned_scratch_bytes(kernel, candidate.parameters, program.target);
  if (scratch_bytes > 0) {
    program::Buffer scratch;
    scratch.name = call.name + ".prepared_scratch";
    scratch.kind = program::BufferKind::Scratch;
    scratch.type = program::ElementType::UInt8;
    scratch.shape = {static_cast<std::int64_t>(scratch_bytes)};
    operands.push_back({"scratch", program.add_buffer(std::move(scratch))});
  }
  return operands;
}

}  // namespace

void replace_call(program::Program& program, program::KernelCall& call, const Candidate& candidate) {
  const ops::KernelBinding& kernel = *ops::find_kernel(candidate.kernel);
  call.operands = operands_of(program, call, kernel, candidate);
  call.kernel = kernel.name;
  call.parameters = candidate.parameters;
}

void lengthen_rows(program::Program& program, program::KernelCall& call) {
  std::optional<std::vector<program::Parameter>> parameters = parameters_with_long_rows(SourceCall(program, call));
  if (!parameters) return;
  Candidate same;
  same.kernel = call.kernel, same.parameters = std::move(*parameters);
  replace_call(program, call, same);
}

}  // namespace pudu::prepare
