#include "services.hpp"

#include <cstdint>
#include <utility>

#include "driver/executorch_run.hpp"
#include "driver/frontends.hpp"
#include "driver/pte_report.hpp"
#include "driver/validate.hpp"
#include "tools/analyze_model.hpp"
#include "tools/analyze_pte.hpp"
#include "tools/estimate_table.hpp"
#include "tools/validation_table.hpp"

namespace pudu::python {
namespace {

Result<Findings> analyze_program(const tools::ModelOptions& options) {
  tools::PteAnalysis analysis{.file = options.model, .isa = options.isa, .folder = {}};
  if (!options.ram.empty()) {
    PUDU_TRY_ASSIGN(analysis.ram_bytes, tools::parse_size(options.ram, "--ram"));
  }
  if (!options.flash.empty()) {
    PUDU_TRY_ASSIGN(analysis.flash_bytes, tools::parse_size(options.flash, "--flash"));
  }
  PUDU_TRY_ASSIGN(const tools::PteFindings findings, tools::examine_pte(analysis));
  return Findings{tools::findings_json(findings), findings.fits};
}

}  // namespace

Result<std::string> validation_of(const tools::ModelOptions& options, const ValidateRequest& request,
                                  base::ProgressListener& progress) {
  if (options.calibration.empty()) {
    PUDU_TRY_ASSIGN(const bool is_quantized, driver::is_quantized_model(options.model));
    if (!is_quantized) return tools::missing_calibration();
  }
  driver::ValidationOptions validation_options;
  PUDU_TRY_ASSIGN(validation_options.compile, tools::to_compile_options(options));
  validation_options.inputs.assign(request.inputs.begin(), request.inputs.end());
  validation_options.labels = request.labels;
  if (!request.limit.empty()) {
    PUDU_TRY_ASSIGN(const std::int64_t limit, tools::parse_count(request.limit, "--limit"));
    validation_options.limit = static_cast<std::size_t>(limit);
  }
  PUDU_TRY_ASSIGN(const driver::Validation validation, driver::validate(validation_options, progress));
  std::vector<driver::Suggestion> suggestions;
  if (request.suggestions) {
    PUDU_TRY_ASSIGN(suggestions, driver::suggest(validation_options, validation, tools::suggestion_samples, progress));
  }
  return tools::validation_json(validation, suggestions);
}

Result<Findings> analysis_of(const tools::ModelOptions& options, base::ProgressListener& progress) {
  if (driver::is_pte(options.model)) return analyze_program(options);
  PUDU_TRY_ASSIGN(const driver::CompileOptions compile_options, tools::to_compile_options(options));
  PUDU_TRY_ASSIGN(const tools::Analysis analysis, tools::analyze_model(compile_options, progress));
  return Findings{tools::analysis_json(analysis), analysis.fits};
}

Result<RunResult> outputs_of_program(const std::filesystem::path& file, const RunRequest& request,
                                     base::ProgressListener& progress) {
  PUDU_TRY_ASSIGN(const driver::ExecutorchProgram program, driver::read_executorch_program(file));
  const std::vector<std::filesystem::path> files(request.inputs.begin(), request.inputs.end());
  PUDU_TRY_ASSIGN(const driver::Samples samples, driver::load_executorch_samples(program, files));
  progress.begin("run on ExecuTorch's runtime");
  Result<driver::ExecutorchOutcome> outcome = driver::run_on_executorch(program, samples, {});
  progress.end();
  PUDU_TRY(outcome);
  if (!request.raw) driver::dequantize_outputs(program, *outcome);
  RunResult result;
  for (std::size_t port = 0; port < program.outputs.size(); ++port) {
    std::vector<base::Array> of_port;
    for (std::vector<base::Array>& sample : outcome->outputs) of_port.push_back(std::move(sample[port]));
    result.outputs.push_back(driver::stack(of_port));
  }
  return result;
}

Result<std::string> measurement_of(const tools::BenchRequest& request, base::ProgressListener& progress) {
  PUDU_TRY_ASSIGN(const tools::Bench bench, tools::run_bench(request, progress));
  return emitters::to_json(bench.report);
}

Result<std::string> estimates_of(const tools::ModelOptions& options, const std::vector<std::string>& targets,
                                 base::ProgressListener& progress) {
  PUDU_TRY_ASSIGN(const std::vector<driver::TargetEstimate> estimates,
                  tools::estimate_model(options, targets, progress));
  return tools::estimates_json(estimates);
}

}  // namespace pudu::python
