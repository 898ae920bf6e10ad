// Collects what a Program and its memory map tell into a Report.
#include <algorithm>

#include "emitters/report/report.hpp"
#include "emitters/report/transpose_reason.hpp"
#include "kernels/build_check.hpp"
#include "ops/cmsis_nn_call.hpp"

namespace pudu::emitters {
namespace {

using program::Buffer;
using program::BufferId;
using program::BufferKind;
using program::ElementType;
using program::index_of;
using program::KernelCall;
using program::Program;

std::string dtype_name(ElementType type) {
  switch (type) {
    case ElementType::Int8:
      return "int8";
    case ElementType::UInt8:
      return "uint8";
    case ElementType::Int16:
      return "int16";
    case ElementType::Int32:
      return "int32";
    case ElementType::Float32:
      break;
  }
  return "float32";
}

std::int64_t element_count(const Buffer& buffer) {
  return static_cast<std::int64_t>(buffer.bytes() / program::size_in_bytes(buffer.type));
}

ReportPort make_port(const Program& program, const program::Port& port, std::string direction) {
  const Buffer& buffer = program.buffer(port.buffer);
  ReportPort result{.name = port.name,
                    .direction = std::move(direction),
                    .shape = port.shape,
                    .dtype = dtype_name(buffer.type),
                    .scale = std::nullopt,
                    .zero_point = std::nullopt};
  if (buffer.quantization) {
    result.scale = buffer.quantization->scale;
    result.zero_point = buffer.quantization->zero_point;
  }
  return result;
}

bool is_parameter(const program::Operand& operand, const Buffer& buffer) {
  return (operand.name == "weights" && buffer.type == ElementType::Int8) ||
         (operand.name == "bias" && buffer.type == ElementType::Int32);
}

bool works_on_floats(const Program& program, const KernelCall& call) {
  if (call.op == "quantize" || call.op == "dequantize") return false;
  return std::any_of(call.operands.begin(), call.operands.end(), [&](const program::Operand& operand) {
    return program.buffer(operand.buffer).type == ElementType::Float32;
  });
}

/// Fills layers and what is summed over them. A constant counts at the first call that reads it.
class LayerCollector {
 public:
  LayerCollector(const Program& program, Report& report)
      : program_(program), report_(report), is_counted_(program.buffers.size(), false) {}

  void add(const KernelCall& call) {
    ReportLayer layer;
    layer.name = call.name;
    layer.op = call.op;
    layer.kernel = call.kernel;
    add_function(call, layer);
    layer.source = call.source;
    layer.macs = call.macs;
    for (const program::Operand& operand : call.operands) add_operand(operand, layer);
    if (works_on_floats(program_, call)) report_.float_operators.push_back(call.name);
    if (call.op == "transpose") {
      report_.transposes.push_back(call.name);
      report_.transpose_reasons.push_back(transpose_reason(program_, call));
    }
    report_.macs += layer.macs;
    report_.layers.push_back(std::move(layer));
  }

 private:
  void add_function(const KernelCall& call, ReportLayer& layer) const {
    if (program_.target.kernels != targets::KernelLibrary::CmsisNn) return;
    const ops::CmsisNnChoice choice = ops::choose_cmsis_nn(call.kernel, call.parameters, program_.target);
    if (const auto* function = std::get_if<ops::CmsisNnCall>(&choice)) {
      layer.function = ops::function_of(*function);
    } else {
      layer.fallback = std::get<ops::CmsisNnFallback>(choice).reason;
    }
  }

  void add_operand(const program::Operand& operand, ReportLayer& layer) {
    const Buffer& buffer = program_.buffer(operand.buffer);
    if (operand.name == "output") layer.output_shape = buffer.shape;
    if (buffer.kind == BufferKind::Scratch) layer.scratch_bytes += buffer.bytes();
    if (buffer.kind != BufferKind::Constant || is_counted_[index_of(buffer.id)]) return;
    is_counted_[index_of(buffer.id)] = true;
    layer.weights_bytes += buffer.bytes();
  }

  const Program& program_;
  Report& report_;
  std::vector<bool> is_counted_;
};

bool is_output(const Program& program, BufferId id) {
  return std::any_of(program.outputs.begin(), program.outputs.end(),
                     [&](const program::Port& port) { return port.buffer == id; });
}

/// Its own place, or one in the memory of the buffer whose it shares.
std::optional<std::size_t> offset_of(const program::MemoryMap& memory, BufferId id) {
  const std::size_t index = index_of(id);
  if (index < memory.offsets.size() && memory.offsets[index]) return memory.offsets[index];
  if (!memory.schedule || index >= memory.schedule->shared.size() || !memory.schedule->shared[index]) return {};
  const program::SharedStorage& shared = *memory.schedule->shared[index];
  const std::size_t owner = index_of(shared.owner);
  if (owner >= memory.offsets.size() || !memory.offsets[owner]) return {};
  return *memory.offsets[owner] + shared.offset;
}

/// Empty for what has no place in the arena: constants, and buffers that nothing uses.
std::optional<ReportBuffer> make_buffer(const Program& program, const program::MemoryMap& memory,
                                        const std::vector<BufferExtents>& extents, const Buffer& buffer) {
  const std::size_t index = index_of(buffer.id);
  if (index >= memory.lifetimes.size() || !memory.lifetimes[index]) return std::nullopt;
  const std::optional<std::size_t> offset = offset_of(memory, buffer.id);
  if (!offset) return std::nullopt;
  ReportBuffer result{.name = buffer.name,
                      .kind = is_output(program, buffer.id) ? "output" : std::string(program::to_string(buffer.kind)),
                      .offset = *offset,
                      .bytes = buffer.bytes(),
                      .begin_step = memory.lifetimes[index]->begin_step,
                      .end_step = memory.lifetimes[index]->end_step};
  if (index < extents.size() && !extents[index].extents.empty()) {
    result.bytes = extents[index].bytes;
    for (const program::LiveExtent& extent : extents[index].extents) {
      result.extents.push_back({extent.begin_step, extent.end_step, extent.begin_byte, extent.end_byte});
    }
  }
  return result;
}

/// Which layers write and read each buffer, by BufferId.
struct BufferUse {
  std::optional<int> written_by;
  std::vector<int> read_by;
};

std::vector<BufferUse> find_uses(const Program& program) {
  std::vector<BufferUse> uses(program.buffers.size());
  for (std::size_t call = 0; call < program.calls.size(); ++call) {
    const int layer = static_cast<int>(call);
    for (const program::Operand& operand : program.calls[call].operands) {
      BufferUse& use = uses[index_of(operand.buffer)];
      if (program::is_written(operand.name)) {
        use.written_by = layer;
      } else if (use.read_by.empty() || use.read_by.back() != layer) {
        use.read_by.push_back(layer);
      }
    }
  }
  return uses;
}

std::string step_kind(program::StepKind kind) {
  switch (kind) {
    case program::StepKind::Rows:
      return "rows";
    case program::StepKind::Slide:
      return "slide";
    case program::StepKind::Feed:
      return "feed";
    case program::StepKind::Whole:
      break;
  }
  return "whole";
}

std::vector<ReportStep> make_steps(const Program& program, const program::MemoryMap& memory) {
  std::vector<ReportStep> steps;
  if (!memory.schedule) return steps;
  for (const program::Step& step : memory.schedule->steps) {
    ReportStep result{.kind = step_kind(step.kind), .begin_row = step.rows.begin, .end_row = step.rows.end};
    const bool is_call = step.kind == program::StepKind::Whole || step.kind == program::StepKind::Rows;
    if (is_call) {
      result.layer = static_cast<int>(step.call);
    } else {
      result.buffer = program.buffer(step.buffer).name;
    }
    steps.push_back(std::move(result));
  }
  const auto is_layer = [&](const ReportStep& step) {
    return step.kind == "whole" && *step.layer == static_cast<int>(&step - steps.data());
  };
  // A schedule that says nothing but "layer by layer" needs no list.
  if (steps.size() == program.calls.size() && std::all_of(steps.begin(), steps.end(), is_layer)) steps.clear();
  return steps;
}

using NamesBySize = std::vector<std::pair<std::size_t, std::string>>;

std::vector<std::string> largest_first(NamesBySize found) {
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> names;
  for (auto& [bytes, name] : found) names.push_back(std::move(name));
  return names;
}

std::vector<ReportRegion> make_regions(const Program& program, const program::MemoryMap& memory) {
  std::vector<ReportRegion> regions;
  for (const program::PlacedRegion& region : memory.ram_regions) {
    NamesBySize found;
    for (const Buffer& buffer : program.buffers) {
      const std::size_t index = index_of(buffer.id);
      if (!memory.lifetimes[index] || !memory.offsets[index]) continue;
      const std::size_t offset = *memory.offsets[index];
      if (region.begin <= offset && offset < region.begin + region.bytes)
        found.emplace_back(buffer.bytes(), buffer.name);
    }
    regions.push_back({region.name, "ram", region.section, region.capacity_bytes, region.bytes, region.begin,
                       largest_first(std::move(found))});
  }
  for (const program::PlacedRegion& region : memory.flash_regions) {
    NamesBySize found;
    for (const BufferId id : region.constants) found.emplace_back(program.buffer(id).bytes(), program.buffer(id).name);
    regions.push_back({region.name, "flash", region.section, region.capacity_bytes, region.bytes, 0,
                       largest_first(std::move(found))});
  }
  return regions;
}

}  // namespace

ReportPlan describe_plan(const program::Program& program, const program::MemoryMap& memory,
                         const std::vector<BufferExtents>& extents) {
  ReportPlan plan;
  plan.arena_bytes = memory.arena_bytes;
  plan.lower_bound_bytes = memory.lower_bound_bytes;
  plan.plan_strategy = memory.strategy;
  plan.steps = make_steps(program, memory);
  std::vector<BufferUse> uses = find_uses(program);
  for (const Buffer& buffer : program.buffers) {
    auto placed = make_buffer(program, memory, extents, buffer);
    if (!placed) continue;
    placed->written_by = uses[index_of(buffer.id)].written_by;
    placed->read_by = std::move(uses[index_of(buffer.id)].read_by);
    plan.buffers.push_back(std::move(*placed));
  }
  return plan;
}

std::int64_t count_parameters(const program::Program& program) {
  std::vector<bool> is_counted(program.buffers.size(), false);
  std::int64_t count = 0;
  for (const KernelCall& call : program.calls) {
    for (const program::Operand& operand : call.operands) {
      const Buffer& buffer = program.buffer(operand.buffer);
      if (buffer.kind != BufferKind::Constant || is_counted[index_of(buffer.id)]) continue;
      is_counted[index_of(buffer.id)] = true;
      if (is_parameter(operand, buffer)) count += element_count(buffer);
    }
  }
  return count;
}

Report make_report(const program::Program& program, const program::MemoryMap& memory,
                   const std::vector<BufferExtents>& extents) {
  Report report;
  report.kernel_abi_version = kernels::abi_version;
  report.cpu = program.target.cpu_name();
  report.isa = program.target.isa_name();
  report.kernels = targets::to_string(program.target.kernels);
  for (const program::Port& port : program.inputs) report.io.push_back(make_port(program, port, "input"));
  for (const program::Port& port : program.outputs) report.io.push_back(make_port(program, port, "output"));
  ReportPlan plan = describe_plan(program, memory, extents);
  report.arena_bytes = plan.arena_bytes;
  report.lower_bound_bytes = plan.lower_bound_bytes;
  report.persistent_bytes = memory.state_bytes;
  report.plan_strategy = std::move(plan.plan_strategy);
  report.steps = std::move(plan.steps);
  report.buffers = std::move(plan.buffers);
  report.regions = make_regions(program, memory);
  report.parameters = count_parameters(program);
  LayerCollector layers(program, report);
  for (const KernelCall& call : program.calls) layers.add(call);
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind == BufferKind::Constant) report.weights_bytes += buffer.bytes();
  }
  return report;
}

}  // namespace pudu::emitters
