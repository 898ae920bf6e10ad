#include "driver/estimate.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "driver/kernel_cost_table.hpp"
#include "emulator/cycles.hpp"

namespace pudu::driver {
namespace {

/// Plans of small networks are optimal at once, those of large ones nearly.
constexpr double plan_seconds = 0.02;

CompileOptions quick_options(const CompileOptions& options, const targets::TargetConfig& target) {
  CompileOptions quick = options;
  quick.calibration.clear();
  quick.target = target;
  quick.quantizer.range_method = quantizer::RangeMethod::MinMax;
  quick.quantizer.bias_correction = quantizer::BiasCorrection::None;
  quick.quantizer.weight_rounding = quantizer::WeightRounding::Nearest;
  quick.plan.seconds = std::min(options.plan.seconds, plan_seconds);
  quick.intermediates.reset();
  quick.ram_bytes.reset();
  quick.flash_bytes.reset();
  return quick;
}

double elements_of(const program::Buffer& buffer) {
  double count = 1;
  for (const std::int64_t size : buffer.shape) count *= static_cast<double>(size);
  return count;
}

KernelWork work_of(const program::Program& program, const program::KernelCall& call) {
  KernelWork work{.macs = static_cast<double>(call.macs)};
  const program::BufferId output = program::output_of(call);
  work.written = elements_of(program.buffer(output));
  for (const program::Operand& operand : call.operands) {
    const program::Buffer& buffer = program.buffer(operand.buffer);
    const bool is_data = buffer.kind != program::BufferKind::Constant && buffer.kind != program::BufferKind::Scratch;
    if (is_data && operand.buffer != output) work.read += elements_of(buffer);
  }
  return work;
}

LayerEstimate layer_estimate(const CompiledModel& model, const program::KernelCall& call,
                             const std::optional<emulator::CycleModel>& cycles) {
  const targets::Isa isa = model.program.target.isa;
  LayerEstimate layer{.name = call.name, .kernel = call.kernel, .macs = call.macs};
  KernelWork work = work_of(model.program, call);
  const auto choice = std::find_if(model.choices.begin(), model.choices.end(),
                                   [&](const prepare::Choice& one) { return one.call == call.name; });
  if (choice != model.choices.end()) work.modelled_instructions = choice->instructions;
  const KernelCost cost = kernel_cost(call.kernel, isa);
  layer.instructions = cost.instructions(work);
  layer.is_guess = cost.is_guess;
  if (cycles) layer.cycles = layer.instructions * cycles_per_instruction(call.kernel, *cycles);
  return layer;
}

TargetEstimate estimate_of(const CompiledModel& model) {
  const targets::TargetConfig& target = model.program.target;
  TargetEstimate result;
  result.cpu = target.cpu_name();
  result.isa = target.isa_name();
  result.arena_bytes = model.memory.arena_bytes;
  result.state_bytes = model.memory.state_bytes;
  result.constants_bytes = constant_bytes(model.program);
  const std::optional<emulator::CycleModel> cycles = emulator::cycle_model_for(result.cpu);
  if (cycles) result.cycles = 0;
  std::set<std::string> kernels;
  for (const program::KernelCall& call : model.program.calls) {
    LayerEstimate layer = layer_estimate(model, call, cycles);
    result.macs += layer.macs;
    result.instructions += layer.instructions;
    if (cycles) *result.cycles += *layer.cycles;
    kernels.insert(call.kernel);
    result.layers.push_back(std::move(layer));
  }
  result.code_bytes = estimated_code_bytes(target.isa, kernels.size(), result.layers.size());
  return result;
}

}  // namespace

Result<std::vector<TargetEstimate>> estimate(const CompileOptions& options,
                                             const std::vector<targets::TargetConfig>& targets,
                                             base::ProgressListener& progress) {
  std::vector<TargetEstimate> estimates;
  for (const targets::TargetConfig& target : targets) {
    const auto start = std::chrono::steady_clock::now();
    PUDU_TRY_ASSIGN(const CompiledModel model, compile(quick_options(options, target), progress));
    estimates.push_back(estimate_of(model));
    estimates.back().seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  return estimates;
}

}  // namespace pudu::driver
