#include "driver/estimate.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "driver/kernel_cost_table.hpp"
#include "driver/layer_cost.hpp"
#include "emulator/cycles.hpp"

namespace pudu::driver {
namespace {

CompileOptions quick_options(const CompileOptions& options, const targets::TargetConfig& target) {
  CompileOptions quick = options;
  quick.calibration.clear();
  quick.target = target;
  quick.quantizer.range_method = quantizer::RangeMethod::MinMax;
  quick.quantizer.bias_correction = quantizer::BiasCorrection::None;
  quick.quantizer.weight_rounding = quantizer::WeightRounding::Nearest;
  quick.intermediates.reset();
  quick.ram_bytes.reset();
  quick.flash_bytes.reset();
  return quick;
}

bool is_streamed(const program::MemoryMap& memory) {
  if (!memory.schedule) return false;
  const std::vector<program::Step>& steps = memory.schedule->steps;
  return std::any_of(steps.begin(), steps.end(),
                     [](const program::Step& step) { return step.kind != program::StepKind::Whole; });
}

TargetEstimate estimate_of(const CompiledModel& model) {
  const targets::TargetConfig& target = model.program.target;
  TargetEstimate result;
  result.cpu = target.cpu_name();
  result.isa = target.isa_name();
  result.arena_bytes = model.memory.arena_bytes;
  result.is_streamed = is_streamed(model.memory);
  result.state_bytes = model.memory.state_bytes;
  result.constants_bytes = constant_bytes(model.program);
  const std::optional<emulator::CycleModel> cycles = emulator::cycle_model_for(result.cpu);
  if (cycles) result.cycles = 0;
  std::set<std::string> kernels;
  const std::vector<LayerCost> costs = layer_costs(model.program, model.memory, model.choices);
  for (std::size_t i = 0; i < model.program.calls.size(); ++i) {
    const program::KernelCall& call = model.program.calls[i];
    LayerEstimate layer{.name = call.name, .kernel = call.kernel, .macs = call.macs};
    layer.instructions = costs[i].instructions, layer.is_guess = costs[i].is_guess;
    if (cycles) layer.cycles = layer.instructions * cycles_per_instruction(call.kernel, *cycles);
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
  if (options.quantizer.int16_search) {
    return usage_error({.where = "--int16",
                        .found = "values that are to be chosen",
                        .allowed = "names of values: an estimate has no samples that a choice could be measured on"});
  }
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
