#include "tools/analyze_model.hpp"

#include <fmt/format.h>

#include <utility>

#include "driver/artifact.hpp"
#include "driver/plan_report.hpp"
#include "tools/memory_table.hpp"

namespace pudu::tools {

Result<Analysis> analyze_model(driver::CompileOptions options, base::ProgressListener& progress) {
  const std::optional<std::size_t> ram = std::exchange(options.ram_bytes, std::nullopt);
  const std::optional<std::size_t> flash = std::exchange(options.flash_bytes, std::nullopt);
  PUDU_TRY_ASSIGN(driver::CompiledModel model, driver::compile(options, progress));
  model.alternatives = driver::measure_alternatives(options, model);
  Analysis analysis;
  PUDU_TRY_ASSIGN(analysis.report, driver::report_of(model));
  analysis.in_arena = driver::memory_log(model.program, model.memory);
  PUDU_TRY_ASSIGN(analysis.in_pool, driver::memory_log_with_scratch_pool(model.program));
  analysis.reordering = model.reordering;
  analysis.channel_splits = model.channel_splits;
  Status fits = driver::check_limits(model, ram, flash);
  analysis.fits = fits ? Status() : Status(std::move(fits).error().in_file(options.model.string()));
  return analysis;
}

std::string analysis_json(const Analysis& analysis) {
  std::string text = emitters::to_json(analysis.report);
  text.erase(text.rfind("\n}"));
  return fmt::format("{},\n  \"memory\": {{\"scratch_in_arena\": {}, \"scratch_in_pool\": {}}}\n}}\n", text,
                     memory_json(analysis.in_arena), memory_json(analysis.in_pool));
}

}  // namespace pudu::tools
