#include "prepare/prepare.hpp"

#include <algorithm>
#include <utility>

#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "prepare/rows.hpp"
#include "prepare/variant.hpp"
#include "program/unused_buffers.hpp"

namespace pudu::prepare {
namespace {

bool has_field(const ops::KernelBinding& kernel, std::string_view name) {
  return std::any_of(kernel.operands.begin(), kernel.operands.end(),
                     [&](const ops::OperandField& field) { return field.name == name; });
}

/// The new call's operands: what the old one computes on, prepared constants, scratch.
std::vector<program::Operand> operands_of(program::Program& program, const program::KernelCall& call,
                                          const ops::KernelBinding& kernel, Candidate& candidate) {
  std::vector<program::Operand> operands;
  for (const program::Operand& operand : call.operands) {
    const program::BufferKind kind = program.buffer(operand.buffer).kind;
    if (kind == program::BufferKind::Scratch || !has_field(kernel, operand.name)) continue;
    const bool is_replaced =
        std::any_of(candidate.constants.begin(), candidate.constants.end(),
                    [&](const PreparedConstant& constant) { return constant.operand == operand.name; });
    if (!is_replaced) operands.push_back(operand);
  }
  for (PreparedConstant& constant : candidate.constants) {
    program::Buffer buffer;
    buffer.name = call.name + ".prepared_" + constant.operand;
    buffer.kind = program::BufferKind::Constant;
    buffer.type = constant.type;
    buffer.shape = {static_cast<std::int64_t>(constant.data.size() / program::size_in_bytes(constant.type))};
    buffer.data = std::make_shared<const std::vector<std::byte>>(std::move(constant.data));
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

/// The same kernel over longer rows, where it has them; scratch is that of the new parameters.
void lengthen_rows(program::Program& program, program::KernelCall& call) {
  std::optional<std::vector<program::Parameter>> parameters = parameters_with_long_rows(SourceCall(program, call));
  if (!parameters) return;
  Candidate same;
  same.parameters = std::move(*parameters);
  call.operands = operands_of(program, call, *ops::find_kernel(call.kernel), same);
  call.parameters = std::move(same.parameters);
}

}  // namespace

std::string_view to_string(Optimize optimize) {
  switch (optimize) {
    case Optimize::Speed:
      return "speed";
    case Optimize::Size:
      return "size";
    case Optimize::Balanced:
      break;
  }
  return "balanced";
}

Result<Optimize> parse_optimize(std::string_view name) {
  for (const Optimize optimize : {Optimize::Balanced, Optimize::Speed, Optimize::Size}) {
    if (to_string(optimize) == name) return optimize;
  }
  return usage_error(
      {.where = "--optimize", .found = "'" + std::string(name) + "'", .allowed = "speed, size or balanced"});
}

bool prepares(const targets::TargetConfig& target) {
  return !target.is_any() && target.kernels == targets::KernelLibrary::Builtin;
}

std::vector<Choice> prepare_program(program::Program& program, Optimize optimize) {
  std::vector<Choice> choices;
  if (!prepares(program.target)) return choices;
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    program::KernelCall& call = program.calls[i];
    lengthen_rows(program, call);
    const SourceCall source(program, call);
    const Cost base{base_instructions(program, call), source.constant_bytes()};
    std::optional<Candidate> candidate = choose_variant(source, base, optimize);
    if (!candidate) continue;
    const ops::KernelBinding& kernel = *ops::find_kernel(candidate->kernel);
    call.operands = operands_of(program, call, kernel, *candidate);
    call.kernel = kernel.name;
    call.parameters = std::move(candidate->parameters);
    choices.push_back(
        {call.name, call.kernel, std::move(candidate->description), candidate->cost.instructions, base.instructions});
  }
  program::drop_unused_buffers(program);
  return choices;
}

}  // namespace pudu::prepare
