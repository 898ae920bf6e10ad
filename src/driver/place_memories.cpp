#include "driver/place_memories.hpp"

#include <algorithm>
#include <utility>

#include "planner/region_plan.hpp"
#include "planner/validate.hpp"
#include "schedule/check_schedule.hpp"
#include "schedule/live_extents.hpp"
#include "schedule/make_schedule.hpp"

namespace pudu::driver {
namespace {

using program::Buffer;
using program::BufferId;
using program::BufferKind;
using program::index_of;
using program::KernelCall;
using program::Program;
using targets::MemoryRegion;
using targets::RegionKind;

constexpr std::size_t constant_alignment = 16;
constexpr std::size_t region_alignment = 16;

// Multiply-accumulates for each byte that a kernel reads of an operand: the kernels compute blocks of positions and
// channels, and keep what they share in registers.
constexpr double macs_per_input_byte = 4;
constexpr double macs_per_weight_byte = 2;
constexpr double macs_per_scratch_byte_written = 16;

/// The constant that the multiplications read; null for a call without.
const Buffer* weights_of(const Program& program, const KernelCall& call) {
  const Buffer* largest = nullptr;
  for (const program::Operand& operand : call.operands) {
    const Buffer& buffer = program.buffer(operand.buffer);
    const bool is_larger = largest == nullptr || buffer.bytes() > largest->bytes();
    if (buffer.kind == BufferKind::Constant && is_larger) largest = &buffer;
  }
  return largest;
}

std::size_t output_bytes(const Program& program, const KernelCall& call) {
  std::size_t bytes = 0;
  for (const program::Operand& operand : call.operands) {
    const Buffer& buffer = program.buffer(operand.buffer);
    if (program::is_written(operand.name) && buffer.kind != BufferKind::Scratch) bytes += buffer.bytes();
  }
  return bytes;
}

Traffic traffic_of(const Program& program, const KernelCall& call, const program::Operand& operand) {
  const Buffer& buffer = program.buffer(operand.buffer);
  const auto bytes = static_cast<double>(buffer.bytes());
  const auto macs = static_cast<double>(call.macs);
  const bool has_scratch = call.find_operand("scratch") != nullptr;
  if (buffer.kind == BufferKind::Scratch) {
    return {std::max(bytes, macs / macs_per_input_byte), std::max(bytes, macs / macs_per_scratch_byte_written)};
  }
  if (program::is_written(operand.name)) return {0, bytes};
  if (buffer.kind == BufferKind::Constant) {
    if (&buffer != weights_of(program, call)) return {bytes, 0};
    // A table is looked up for every element.
    const double uses = macs > 0 ? macs / macs_per_weight_byte : static_cast<double>(output_bytes(program, call));
    return {std::max(bytes, uses), 0};
  }
  // With scratch, the input is read into it once.
  return {has_scratch ? bytes : std::max(bytes, macs / macs_per_input_byte), 0};
}

struct Division {
  planner::RegionProblem problem;
  std::vector<program::BufferId> buffers;    ///< in the problem's order: those with memory of their own
  std::vector<const MemoryRegion*> regions;  ///< in the problem's order
};

Division start_division(const std::vector<MemoryRegion>& regions, RegionKind kind) {
  Division division;
  for (const MemoryRegion& region : regions) {
    if (region.kind != kind) continue;
    division.regions.push_back(&region);
    division.problem.regions.push_back({region.name, region.bytes, region.read_cost, region.write_cost});
  }
  return division;
}

void add_buffer(Division& division, const Buffer& buffer, const program::Lifetime& lifetime, const Traffic& traffic) {
  division.problem.buffers.push_back({{.name = buffer.name,
                                       .bytes = buffer.bytes(),
                                       .begin_step = lifetime.begin_step,
                                       .end_step = lifetime.end_step,
                                       .alignment = constant_alignment},
                                      traffic.read_bytes,
                                      traffic.written_bytes});
  division.buffers.push_back(buffer.id);
}

std::string list_regions(const Division& division) {
  std::string text;
  for (const MemoryRegion* region : division.regions) {
    text += (text.empty() ? "" : ", ") + region->name + " of " + std::to_string(region->bytes);
  }
  return text;
}

/// `whole_bytes`: of one region that would hold everything.
Result<planner::RegionPlan> plan(const Division& division, RegionKind kind, std::size_t whole_bytes) {
  planner::RegionResult result = planner::plan_regions(division.problem);
  if (!result.plan) {
    const planner::PlanBuffer& stuck = division.problem.buffers[result.failure.buffer].buffer;
    Error error{ErrorKind::LimitExceeded, {}};
    error.diagnostics.push_back(
        {.where = stuck.name,
         .found = std::to_string(stuck.bytes) + " bytes that fit nowhere beside what is alive at the same time",
         .allowed = (kind == RegionKind::Ram ? "the RAM of --memories: " : "the flash of --memories: ") +
                    list_regions(division) + " bytes",
         .hint = "one region of " + std::to_string(whole_bytes) + " bytes would hold everything; several need more"});
    return error;
  }
  for (std::size_t region = 0; region < division.regions.size(); ++region) {
    planner::PlanProblem part;
    for (std::size_t i = 0; i < division.buffers.size(); ++i) {
      if (result.plan->region_of[i] == region) part.buffers.push_back(division.problem.buffers[i].buffer);
    }
    PUDU_TRY(planner::validate(part, result.plan->plans[region]));
  }
  return std::move(*result.plan);
}

std::vector<program::PlacedRegion> describe(const Division& division, const planner::RegionPlan& plan) {
  std::vector<program::PlacedRegion> placed;
  std::size_t begin = 0;
  for (std::size_t region = 0; region < division.regions.size(); ++region) {
    const std::size_t bytes = plan.plans[region].arena_bytes;
    placed.push_back({division.regions[region]->name,
                      division.regions[region]->section,
                      division.regions[region]->bytes,
                      begin,
                      bytes,
                      {}});
    begin += (bytes + region_alignment - 1) / region_alignment * region_alignment;
  }
  return placed;
}

bool is_streamed(const program::MemoryMap& memory) {
  if (!memory.schedule) return false;
  return std::any_of(memory.schedule->steps.begin(), memory.schedule->steps.end(),
                     [](const program::Step& step) { return step.kind != program::StepKind::Whole; });
}

/// Whole layers: every buffer by itself.
void add_buffers(Division& division, const Program& program, const std::vector<Traffic>& traffic,
                 const program::MemoryMap& memory) {
  for (const Buffer& buffer : program.buffers) {
    const auto& lifetime = memory.lifetimes[index_of(buffer.id)];
    if (lifetime) add_buffer(division, buffer, *lifetime, traffic[index_of(buffer.id)]);
  }
}

/// By rows: windows, tensors whose rows come and go, and what shares the memory of one of them with it.
void add_extents(Division& division, const Program& program, const std::vector<Traffic>& traffic,
                 const program::Schedule& schedule) {
  const schedule::ArenaProblem arena =
      schedule::arena_problem(program, schedule, schedule::live_extents(program, schedule));
  for (std::size_t i = 0; i < arena.owners.size(); ++i) {
    const BufferId owner = arena.owners[i];
    Traffic sum = traffic[index_of(owner)];
    for (const Buffer& buffer : program.buffers) {
      const auto& shared = schedule.shared[index_of(buffer.id)];
      if (!shared || shared->owner != owner) continue;
      sum.read_bytes += traffic[index_of(buffer.id)].read_bytes;
      sum.written_bytes += traffic[index_of(buffer.id)].written_bytes;
    }
    division.problem.buffers.push_back({arena.problem.buffers[i], sum.read_bytes, sum.written_bytes});
    division.buffers.push_back(owner);
  }
}

Status divide_arena(const Program& program, const std::vector<Traffic>& traffic,
                    const std::vector<MemoryRegion>& regions, program::MemoryMap& memory) {
  Division division = start_division(regions, RegionKind::Ram);
  if (division.regions.empty()) return {};
  if (memory.schedule) {
    add_extents(division, program, traffic, *memory.schedule);
  } else {
    add_buffers(division, program, traffic, memory);
  }
  PUDU_TRY_ASSIGN(const planner::RegionPlan planned, plan(division, RegionKind::Ram, memory.arena_bytes));
  memory.ram_regions = describe(division, planned);
  std::vector<std::size_t> next(division.regions.size(), 0);
  for (std::size_t i = 0; i < division.buffers.size(); ++i) {
    const std::size_t region = planned.region_of[i];
    memory.offsets[index_of(division.buffers[i])] =
        memory.ram_regions[region].begin + planned.plans[region].offsets[next[region]++];
  }
  if (memory.schedule) schedule::place_shared(program, *memory.schedule, memory);
  memory.arena_bytes = 0;
  memory.lower_bound_bytes = 0;
  for (std::size_t region = 0; region < division.regions.size(); ++region) {
    const program::PlacedRegion& placed = memory.ram_regions[region];
    if (placed.bytes > 0) memory.arena_bytes = placed.begin + placed.bytes;
    memory.lower_bound_bytes += planned.plans[region].lower_bound_bytes;
  }
  memory.strategy = planned.is_optimal ? "divided among memories, at least cost" : "divided among memories";
  return {};
}

Status divide_constants(const Program& program, const std::vector<Traffic>& traffic,
                        const std::vector<MemoryRegion>& regions, program::MemoryMap& memory) {
  Division division = start_division(regions, RegionKind::Flash);
  if (division.regions.empty()) return {};
  std::size_t whole_bytes = 0;
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind != BufferKind::Constant) continue;
    add_buffer(division, buffer, {.begin_step = 0, .end_step = 1}, traffic[index_of(buffer.id)]);
    // The C++ has bytes as a string literal, with a zero behind them.
    if (program::size_in_bytes(buffer.type) == 1) ++division.problem.buffers.back().buffer.bytes;
    const std::size_t bytes = division.problem.buffers.back().buffer.bytes;
    whole_bytes += (bytes + constant_alignment - 1) / constant_alignment * constant_alignment;
  }
  PUDU_TRY_ASSIGN(const planner::RegionPlan planned, plan(division, RegionKind::Flash, whole_bytes));
  memory.flash_regions = describe(division, planned);
  for (std::size_t i = 0; i < division.buffers.size(); ++i) {
    memory.flash_regions[planned.region_of[i]].constants.push_back(division.buffers[i]);
  }
  return {};
}

}  // namespace

std::vector<Traffic> estimate_traffic(const Program& program) {
  std::vector<Traffic> all(program.buffers.size());
  for (const KernelCall& call : program.calls) {
    for (const program::Operand& operand : call.operands) {
      const Traffic traffic = traffic_of(program, call, operand);
      all[index_of(operand.buffer)].read_bytes += traffic.read_bytes;
      all[index_of(operand.buffer)].written_bytes += traffic.written_bytes;
    }
  }
  for (const program::Port& port : program.inputs) {
    all[index_of(port.buffer)].written_bytes += static_cast<double>(program.buffer(port.buffer).bytes());
  }
  for (const program::Port& port : program.outputs) {
    all[index_of(port.buffer)].read_bytes += static_cast<double>(program.buffer(port.buffer).bytes());
  }
  return all;
}

Result<program::MemoryMap> place_in_memories(const Program& program, const program::MemoryMap& memory,
                                             const std::vector<MemoryRegion>& regions) {
  program::MemoryMap placed = memory;
  const bool has_ram = std::any_of(regions.begin(), regions.end(),
                                   [](const MemoryRegion& region) { return region.kind == RegionKind::Ram; });
  if (has_ram && !is_streamed(memory)) {
    // Every buffer in memory of its own: what shares another's would have to lie in the same region.
    placed.schedule.reset();
    placed.lifetimes = program::lifetimes(program);
  }
  const std::vector<Traffic> traffic = estimate_traffic(program);
  PUDU_TRY(divide_arena(program, traffic, regions, placed));
  if (has_ram && placed.schedule) PUDU_TRY(schedule::check_schedule(program, placed));
  PUDU_TRY(divide_constants(program, traffic, regions, placed));
  return placed;
}

}  // namespace pudu::driver
