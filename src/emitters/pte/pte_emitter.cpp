#include "emitters/pte/pte_emitter.hpp"

#include <algorithm>

#include "emitters/pte/call_writer.hpp"
#include "emitters/pte/serialize.hpp"
#include "pte/operators.hpp"

namespace pudu::emitters {
namespace {

/// What the chosen library and a stock runtime have: an artifact that calls anything else would compile here and fail
/// to load there.
Status check_operators(const pte::Plan& plan, targets::KernelLibrary library) {
  for (const pte::Operator& op : plan.operators) {
    const bool is_own = op.name.starts_with("pudu::");
    if (pte::find_schema(op) != nullptr && !(is_own && library == targets::KernelLibrary::CmsisNn)) continue;
    return internal_error({.where = "operators of a .pte",
                           .found = "'" + op.full_name() + "'",
                           .allowed = "operators of the library " + std::string(targets::to_string(library))});
  }
  return {};
}

std::vector<std::optional<pte::PortQuantization>> quantization_of(const program::Program& program,
                                                                  const std::vector<program::Port>& ports) {
  std::vector<std::optional<pte::PortQuantization>> result;
  for (const program::Port& port : ports) {
    const program::Buffer& buffer = program.buffer(port.buffer);
    const bool has_codes = buffer.type == program::ElementType::Int8 || buffer.type == program::ElementType::Int16;
    const bool is_quantized = has_codes && buffer.quantization.has_value();
    result.push_back(
        is_quantized ? std::optional(pte::PortQuantization{buffer.quantization->scale, buffer.quantization->zero_point})
                     : std::nullopt);
  }
  const bool none = std::none_of(result.begin(), result.end(), [](const auto& port) { return port.has_value(); });
  if (none) result.clear();
  return result;
}

pte::Metadata metadata_of(const program::Program& program, const PteOptions& options) {
  pte::Metadata metadata;
  metadata.pudu_version = options.pudu_version;
  metadata.target = program.target.cpu_name();
  metadata.isa = program.target.isa_name();
  metadata.kernels = targets::to_string(program.target.kernels);
  metadata.inputs = quantization_of(program, program.inputs);
  metadata.outputs = quantization_of(program, program.outputs);
  return metadata;
}

/// What runs, in its order: all calls, or the steps of the plan, which may leave out calls that sharing memory has made
/// needless, and may run calls some rows at a time.
Status write_steps(const program::Program& program, const program::MemoryMap& memory, CallWriter& writer) {
  const program::Schedule steps = memory.schedule ? *memory.schedule : program::layerwise_schedule(program);
  program::WindowRows windows(program, steps);
  for (const program::Step& step : steps.steps) {
    const std::int32_t from_slot = step.rows.begin - windows.first_row(step.buffer);
    windows.advance(step);
    switch (step.kind) {
      case program::StepKind::Whole:
        PUDU_TRY(writer.write(step.call));
        break;
      case program::StepKind::Rows:
        PUDU_TRY(writer.write_rows(step.call, step.rows, windows));
        break;
      case program::StepKind::Slide:
        writer.move_rows(step.buffer, from_slot, step.rows.begin - windows.first_row(step.buffer), step.rows.count());
        break;
      case program::StepKind::Feed:
        return internal_error(
            {.where = program.name, .found = "a plan whose input arrives by rows", .allowed = "whole inputs"});
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::byte>> emit_pte(const program::Program& program, const program::MemoryMap& memory,
                                        const PteOptions& options) {
  PUDU_TRY(program::check_map(program, memory));
  PlanBuilder builder;
  CallWriter writer(program, memory, options, builder);
  pte::Plan& plan = builder.plan();
  plan.name = "forward";
  plan.pool_bytes = {memory.arena_bytes};
  for (const program::Port& port : program.inputs) plan.inputs.push_back(writer.input_port(port));
  PUDU_TRY(write_steps(program, memory, writer));
  for (const program::Port& port : program.outputs) plan.outputs.push_back(writer.output_port(port));
  PUDU_TRY(check_operators(plan, program.target.kernels));
  pte::Program result;
  result.plans.push_back(std::move(plan));
  result.metadata = metadata_of(program, options);
  return serialize(result);
}

}  // namespace pudu::emitters
