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

std::vector<PlanAlternative> measure_alternatives(const CompileOptions& options, const CompiledModel& model) {
  std::vector<PlanAlternative> alternatives;
  // Regions of RAM divide plans of whole layers only.
  if (!model.memory.ram_regions.empty()) return alternatives;
  const auto measure = [&](const char* option, MemoryMode memory, Feed feed) {
    CompileOptions other = options;
    other.plan.memory = memory;
    other.plan.feed = feed;
    other.plan.ram_bytes.reset();
    other.ram_bytes.reset();
    other.flash_bytes.reset();
    other.intermediates.reset();
    base::SilentProgress progress;
    const Result<CompiledModel> compiled = compile(other, progress);
    const bool is_smaller = compiled && compiled->memory.arena_bytes < model.memory.arena_bytes;
    if (is_smaller) alternatives.push_back({option, compiled->memory.arena_bytes});
  };
  const bool is_fed = options.plan.feed == Feed::Rows;
  if (!is_streamed(model.memory)) measure("--memory streamed", MemoryMode::Streamed, Feed::Whole);
  if (!is_fed) measure("--feed rows", MemoryMode::Streamed, Feed::Rows);
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
    report.alternatives.push_back({"--disable-pass prepare", unprepared.arena_bytes});
  }
  return report;
}

}  // namespace pudu::driver
