#include "driver/plan_report.hpp"

#include <algorithm>

#include "emitters/report/memory_timeline.hpp"
#include "schedule/live_extents.hpp"

namespace pudu::driver {
namespace {

std::vector<emitters::BufferExtents> extents_of(const program::Program& program, const program::MemoryMap& memory) {
  std::vector<emitters::BufferExtents> all;
  if (!memory.schedule) return all;
  for (schedule::BufferExtents& buffer : schedule::live_extents(program, *memory.schedule)) {
    all.push_back({buffer.bytes, std::move(buffer.extents)});
  }
  return all;
}

bool is_streamed(const program::MemoryMap& memory) {
  if (!memory.schedule) return false;
  const std::vector<program::Step>& steps = memory.schedule->steps;
  return std::any_of(steps.begin(), steps.end(),
                     [](const program::Step& step) { return step.kind != program::StepKind::Whole; });
}

/// A plan that other options would give.
struct OtherPlan {
  const char* option = "";
  MemoryMode memory = MemoryMode::Layerwise;
  Feed feed = Feed::Whole;
  std::optional<InputLayout> input_layout = {};  ///< none: as it is
};

CompileOptions with_plan(const CompileOptions& options, const OtherPlan& plan) {
  CompileOptions other = options;
  other.plan.memory = plan.memory;
  other.plan.feed = plan.feed;
  other.plan.ram_bytes.reset();
  other.ram_bytes.reset();
  other.flash_bytes.reset();
  other.intermediates.reset();
  if (plan.input_layout) {
    other.input_layout = *plan.input_layout;
    other.calibration.clear();  // it is in the other layout; sizes do not depend on it
  }
  return other;
}

/// Are images put into the order of the kernels before all else?
bool transposes_input(const CompiledModel& model) {
  const std::vector<program::Port>& inputs = model.program.inputs;
  return std::any_of(model.program.calls.begin(), model.program.calls.end(), [&](const program::KernelCall& call) {
    return call.op == "transpose" && std::any_of(inputs.begin(), inputs.end(), [&](const program::Port& input) {
             return std::any_of(call.operands.begin(), call.operands.end(),
                                [&](const program::Operand& operand) { return operand.buffer == input.buffer; });
           });
  });
}

bool has_scratch_at_peak(const emitters::Report& report) {
  const emitters::PlanView plan = emitters::compiled_plan(report);
  const emitters::MemoryTimeline timeline = emitters::make_timeline(plan);
  for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
    const bool is_alive = emitters::live_bytes_at(timeline.shapes[i], timeline.peak_step) > 0;
    if (is_alive && plan.buffers[i].kind == "scratch") return true;
  }
  return false;
}

}  // namespace

std::string peak_layer(const program::Program& program, const program::MemoryMap& memory) {
  const emitters::Report report = emitters::make_report(program, memory, extents_of(program, memory));
  const emitters::PlanView plan = emitters::compiled_plan(report);
  const std::size_t peak = emitters::make_timeline(plan).peak_step;
  const std::optional<std::size_t> layer = plan.layer_at(peak);
  return layer ? plan.layers[*layer].name : emitters::step_name(plan, peak);
}

std::vector<PlanAlternative> measure_alternatives(const CompileOptions& options, const CompiledModel& model) {
  std::vector<PlanAlternative> alternatives;
  // Regions of RAM divide plans of whole layers only.
  if (!model.memory.ram_regions.empty()) return alternatives;
  const auto measure = [&](const OtherPlan& plan) {
    base::SilentProgress progress;
    const Result<CompiledModel> compiled = compile(with_plan(options, plan), progress);
    const bool is_smaller = compiled && compiled->memory.arena_bytes < model.memory.arena_bytes;
    if (is_smaller) alternatives.push_back({plan.option, compiled->memory.arena_bytes});
  };
  const Feed feed = options.plan.feed;
  if (!is_streamed(model.memory)) measure({"--memory streamed", MemoryMode::Streamed, Feed::Whole});
  if (feed == Feed::Whole) measure({"--feed rows", MemoryMode::Streamed, Feed::Rows});
  if (!transposes_input(model)) return alternatives;
  constexpr InputLayout nhwc = InputLayout::Nhwc;
  measure({"--input-layout nhwc", options.plan.memory, feed, nhwc});
  if (!is_streamed(model.memory)) {
    measure({"--input-layout nhwc --memory streamed", MemoryMode::Streamed, Feed::Whole, nhwc});
  }
  if (feed == Feed::Whole) measure({"--input-layout nhwc --feed rows", MemoryMode::Streamed, Feed::Rows, nhwc});
  return alternatives;
}

Result<emitters::Report> report_of_plans(const CompiledModel& model) {
  emitters::Report report = emitters::make_report(model.program, model.memory, extents_of(model.program, model.memory));
  if (model.dialect_program) report.parameters = emitters::count_parameters(*model.dialect_program);
  for (const PlanAlternative& other : model.alternatives) {
    report.alternatives.push_back({other.option, other.arena_bytes});
  }
  if (is_streamed(model.memory)) {
    PUDU_TRY_ASSIGN(const program::MemoryMap layerwise, plan_program(model.program));
    report.layerwise = emitters::describe_plan(model.program, layerwise);
  } else if (model.dialect_program && has_scratch_at_peak(report)) {
    PUDU_TRY_ASSIGN(const program::MemoryMap unprepared, plan_program(*model.dialect_program));
    if (unprepared.arena_bytes < model.memory.arena_bytes) {
      report.alternatives.push_back({"--disable-pass prepare", unprepared.arena_bytes});
    }
  }
  return report;
}

}  // namespace pudu::driver
