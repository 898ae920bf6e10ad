#include "prepare/prepare.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "ops/planned_scratch.hpp"
#include "ops/registry.hpp"
#include "ops/row_calls.hpp"
#include "prepare/rows.hpp"
#include "prepare/variant.hpp"
#include "program/memory_map.hpp"
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

const std::vector<std::int64_t>& values_of(std::span<const program::Parameter> parameters, std::string_view name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const program::Parameter& parameter) { return parameter.name == name; });
  return std::get<std::vector<std::int64_t>>(found->values);
}

bool has_parameter(std::span<const program::Parameter> parameters, std::string_view name) {
  return std::any_of(parameters.begin(), parameters.end(),
                     [&](const program::Parameter& parameter) { return parameter.name == name; });
}

/// Is it a call on images under a kernel? Only those have variants that depend on how many rows there are.
bool has_windows(const program::KernelCall& call) {
  return has_parameter(call.parameters, "kernel_h") && has_parameter(call.parameters, "output_h");
}

/// The call on `rows` rows of its output inside of the image; none where it does not run by rows, or has no more.
std::optional<program::KernelCall> inner_rows(const program::Program& program, const program::KernelCall& call,
                                              std::int32_t rows) {
  if (rows <= 0 || !has_windows(call)) return std::nullopt;
  const std::optional<ops::RowForm> form = ops::row_form(program, call);
  if (!form || form->output_rows <= rows) return std::nullopt;
  const std::int32_t begin = (form->output_rows - rows) / 2;
  program::KernelCall part = ops::row_call(program, call, {begin, begin + rows});
  if (auto longer = parameters_with_long_rows(SourceCall(program, part))) part.parameters = std::move(*longer);
  return part;
}

/// Parameters of a variant for some rows as those of the whole call, whose sizes are `whole` or, where an image's rows
/// became one, `longer`.
void make_whole(std::span<const program::Parameter> whole, std::span<const program::Parameter> longer,
                std::vector<program::Parameter>& parameters) {
  const auto has_kernel_of = [&](std::span<const program::Parameter> sizes) {
    return !has_parameter(parameters, "kernel_h") || values_of(sizes, "kernel_h") == values_of(parameters, "kernel_h");
  };
  const std::span<const program::Parameter> sizes = has_kernel_of(longer) ? longer : whole;
  for (program::Parameter& parameter : parameters) {
    for (const char* name : {"input_h", "input_w", "output_h", "output_w", "pad_top", "pad_left"}) {
      if (parameter.name == name) parameter.values = values_of(sizes, name);
    }
  }
}

/// The best variant for a call that runs `rows` rows at a time; none where it should stay as it is.
std::optional<Candidate> choose_for_rows(const program::Program& program, const program::KernelCall& call,
                                         const program::KernelCall& part, const ChoiceLimits& limits,
                                         Optimize optimize) {
  const SourceCall source(program, part);
  const Cost base{base_instructions(program, part), source.constant_bytes()};
  std::optional<Candidate> candidate = choose_variant(source, base, optimize, limits);
  if (!candidate) return std::nullopt;
  const auto longer = parameters_with_long_rows(SourceCall(program, call));
  make_whole(call.parameters, longer ? std::span(*longer) : std::span(call.parameters), candidate->parameters);
  candidate->cost.instructions *= limits.repeats;
  return candidate;
}

/// Scratch that each call may have. Beside small buffers there is room for much of it before the arena grows; how far
/// it may grow above what the program needs in the dialect's layout is what `optimize` says: speed any number of bytes,
/// balanced 4 KiB and a 32nd (8 KiB where there is no DSP, whose kernels expand weights there that would otherwise be
/// four times as large in flash), size none.
std::vector<std::size_t> scratch_rooms(const program::Program& program, Optimize optimize) {
  std::vector<std::size_t> rooms(program.calls.size(), std::numeric_limits<std::size_t>::max());
  if (optimize == Optimize::Speed) return rooms;
  const std::vector<std::optional<program::Lifetime>> lifetimes = program::lifetimes(program);
  std::vector<std::size_t> live(program.calls.size(), 0), scratch(program.calls.size(), 0);
  for (const program::Buffer& buffer : program.buffers) {
    const std::optional<program::Lifetime>& lifetime = lifetimes[program::index_of(buffer.id)];
    if (!lifetime) continue;
    const std::size_t bytes = kernels::round_up(buffer.bytes(), 16);
    for (int step = lifetime->begin_step; step < lifetime->end_step; ++step) {
      const auto call = static_cast<std::size_t>(step);
      if (call >= live.size()) continue;
      live[call] += bytes;
      if (buffer.kind == program::BufferKind::Scratch) scratch[call] += bytes;
    }
  }
  const std::size_t peak = live.empty() ? 0 : *std::max_element(live.begin(), live.end());
  const std::size_t balanced_growth = program.target.isa == targets::Isa::Scalar ? 8192 : 4096 + peak / 32;
  const std::size_t growth = optimize == Optimize::Size ? 0 : balanced_growth;
  for (std::size_t call = 0; call < rooms.size(); ++call) rooms[call] = peak + growth - (live[call] - scratch[call]);
  return rooms;
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

std::vector<Choice> prepare_program(program::Program& program, Optimize optimize,
                                    std::span<const std::int32_t> rows_of_calls, std::size_t row_scratch_bytes) {
  std::vector<Choice> choices;
  if (!prepares(program.target)) return choices;
  const std::vector<std::size_t> rooms = scratch_rooms(program, optimize);
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    program::KernelCall& call = program.calls[i];
    const std::int32_t rows = i < rows_of_calls.size() ? rows_of_calls[i] : 0;
    const std::optional<program::KernelCall> part = inner_rows(program, call, rows);
    std::optional<Candidate> candidate;
    if (part) {
      const double repeats = static_cast<double>(ops::row_form(program, call)->output_rows) / rows;
      candidate =
          choose_for_rows(program, call, *part, {.repeats = repeats, .scratch_bytes = row_scratch_bytes}, optimize);
    }
    lengthen_rows(program, call);
    const SourceCall source(program, call);
    const Cost base{base_instructions(program, call), source.constant_bytes()};
    if (!part) candidate = choose_variant(source, base, optimize, {.scratch_bytes = rooms[i]});
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
