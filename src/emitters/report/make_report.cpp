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
    if (is_parameter(operand, buffer)) report_.parameters += element_count(buffer);
  }

  const Program& program_;
  Report& report_;
  std::vector<bool> is_counted_;
};

bool is_output(const Program& program, BufferId id) {
  return std::any_of(program.outputs.begin(), program.outputs.end(),
                     [&](const program::Port& port) { return port.buffer == id; });
}

/// Empty for what has no place in the arena: constants, and buffers that nothing uses.
std::optional<ReportBuffer> make_buffer(const Program& program, const program::MemoryMap& memory,
                                        const Buffer& buffer) {
  const std::size_t index = index_of(buffer.id);
  if (index >= memory.offsets.size() || index >= memory.lifetimes.size()) return std::nullopt;
  if (!memory.offsets[index] || !memory.lifetimes[index]) return std::nullopt;
  return ReportBuffer{.name = buffer.name,
                      .kind = is_output(program, buffer.id) ? "output" : std::string(program::to_string(buffer.kind)),
                      .offset = *memory.offsets[index],
                      .bytes = buffer.bytes(),
                      .begin_step = memory.lifetimes[index]->begin_step,
                      .end_step = memory.lifetimes[index]->end_step};
}

}  // namespace

Report make_report(const program::Program& program, const program::MemoryMap& memory) {
  Report report;
  report.kernel_abi_version = kernels::abi_version;
  report.cpu = program.target.cpu_name();
  report.isa = program.target.isa_name();
  report.kernels = targets::to_string(program.target.kernels);
  for (const program::Port& port : program.inputs) report.io.push_back(make_port(program, port, "input"));
  for (const program::Port& port : program.outputs) report.io.push_back(make_port(program, port, "output"));
  report.arena_bytes = memory.arena_bytes;
  report.lower_bound_bytes = memory.lower_bound_bytes;
  report.persistent_bytes = memory.state_bytes;
  report.plan_strategy = memory.strategy;
  LayerCollector layers(program, report);
  for (const KernelCall& call : program.calls) layers.add(call);
  for (const Buffer& buffer : program.buffers) {
    if (buffer.kind == BufferKind::Constant) report.weights_bytes += buffer.bytes();
    if (auto placed = make_buffer(program, memory, buffer)) report.buffers.push_back(std::move(*placed));
  }
  return report;
}

}  // namespace pudu::emitters
