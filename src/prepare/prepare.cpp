#include "prepare/prepare.hpp"

#include <algorithm>
#include <utility>

#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "prepare/variant.hpp"

namespace pudu::prepare {
namespace {

using program::BufferId;
using program::index_of;

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

/// Drops the buffers that no call and no port knows, and numbers the others anew.
void drop_unused_buffers(program::Program& program) {
  std::vector<bool> is_used(program.buffers.size(), false);
  const auto for_each_id = [&](const auto& visit) {
    for (program::KernelCall& call : program.calls) {
      for (program::Operand& operand : call.operands) visit(operand.buffer);
    }
    for (auto* ports : {&program.inputs, &program.outputs}) {
      for (program::Port& port : *ports) visit(port.buffer);
    }
  };
  for_each_id([&](BufferId id) { is_used[index_of(id)] = true; });
  std::vector<program::Buffer> kept;
  std::vector<BufferId> new_ids(program.buffers.size());
  for (program::Buffer& buffer : program.buffers) {
    if (!is_used[index_of(buffer.id)]) continue;
    const auto id = static_cast<BufferId>(kept.size());
    new_ids[index_of(buffer.id)] = id;
    kept.push_back(std::move(buffer));
    kept.back().id = id;
  }
  program.buffers = std::move(kept);
  for_each_id([&](BufferId& id) { id = new_ids[index_of(id)]; });
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

std::vector<Choice> prepare_program(program::Program& program, Optimize optimize) {
  std::vector<Choice> choices;
  if (program.target.is_any() || program.target.kernels != targets::KernelLibrary::Builtin) return choices;
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    program::KernelCall& call = program.calls[i];
    const SourceCall source(program, call);
    const Cost base{base_instructions(program, call), source.constant_bytes(), 0};
    std::optional<Candidate> candidate = choose_variant(source, base, optimize);
    if (!candidate) continue;
    const ops::KernelBinding& kernel = *ops::find_kernel(candidate->kernel);
    call.operands = operands_of(program, call, kernel, *candidate);
    call.kernel = kernel.name;
    call.parameters = std::move(candidate->parameters);
    choices.push_back(
        {call.name, call.kernel, std::move(candidate->description), candidate->cost.instructions, base.instructions});
  }
  if (!choices.empty()) drop_unused_buffers(program);
  return choices;
}

}  // namespace pudu::prepare
