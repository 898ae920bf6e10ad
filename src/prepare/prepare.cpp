#include "prepare/prepare.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "prepare/candidate_cache.hpp"
#include "prepare/replace_call.hpp"
#include "prepare/variant.hpp"
#include "program/memory_map.hpp"
#include "program/unused_buffers.hpp"

namespace pudu::prepare {
namespace {

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

std::vector<Choice> prepare_program(program::Program& program, Optimize optimize) {
  CandidateCache cache;
  return prepare_program(program, optimize, cache);
}

std::vector<Choice> prepare_program(program::Program& program, Optimize optimize, CandidateCache& cache) {
  std::vector<Choice> choices;
  if (!prepares(program.target)) return choices;
  const std::vector<std::size_t> rooms = scratch_rooms(program, optimize);
  for (std::size_t i = 0; i < program.calls.size(); ++i) {
    program::KernelCall& call = program.calls[i];
    lengthen_rows(program, call);
    const SourceCall source(program, call);
    const Cost base{base_instructions(program, call), source.constant_bytes()};
    const std::optional<Candidate> candidate =
        choose_variant(source, cache.of(source, optimize), base, optimize, rooms[i]);
    if (!candidate) continue;
    replace_call(program, call, *candidate);
    choices.push_back(
        {call.name, call.kernel, candidate->description, candidate->cost.instructions, base.instructions});
  }
  program::drop_unused_buffers(program);
  return choices;
}

}  // namespace pudu::prepare
