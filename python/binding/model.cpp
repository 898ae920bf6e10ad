#include "model.hpp"

#include "driver/frontends.hpp"
#include "driver/output_folder.hpp"
#include "driver/pte_report.hpp"
#include "driver/version.hpp"
#include "kernels/build_check.hpp"
#include "tools/bench_run.hpp"
#include "tools/compile_request.hpp"

namespace pudu::python {

Result<Model> Model::compile(const tools::ModelOptions& options, base::ProgressListener& progress) {
  PUDU_TRY_ASSIGN(const driver::CompileOptions compile_options, tools::to_compile_options(options));
  if (driver::is_pte(options.model)) return tools::refuse_program(options.model);
  PUDU_TRY_ASSIGN(const bool is_quantized, driver::is_quantized_model(options.model));
  if (options.calibration.empty() && !is_quantized) return tools::missing_calibration();
  Model model;
  PUDU_TRY_ASSIGN(model.compiled_, driver::compile(compile_options, progress));
  model.artifact_ = {.folder = {},
                     .program = model.compiled_->program,
                     .memory = model.compiled_->memory,
                     .pudu_version = std::string(driver::version),
                     .kernel_abi_version = kernels::abi_version};
  model.warnings_ = model.compiled_->warnings;
  model.options_ = options;
  return model;
}

Result<Model> Model::load(const std::filesystem::path& folder) {
  Model model;
  PUDU_TRY_ASSIGN(model.artifact_, driver::read_artifact(folder));
  return model;
}

Result<emitters::Report> Model::report() const {
  if (compiled_) return driver::report_of(*compiled_);
  return tools::read_measured_report(artifact_.folder / "report.json");
}

Result<RunResult> Model::run(const RunRequest& request, base::ProgressListener& progress) const {
  const std::vector<std::filesystem::path> files(request.inputs.begin(), request.inputs.end());
  const program::Program& program = artifact_.program;
  PUDU_TRY_ASSIGN(const driver::Samples samples, driver::load_samples(files, driver::input_shapes(program)));
  const driver::SampleStates states =
      request.reset_each_sample ? driver::SampleStates::Reset : driver::SampleStates::Kept;
  PUDU_TRY_ASSIGN(const driver::RunOutcome outcome, driver::run_on_host(artifact_, samples, progress, states));
  RunResult result{{}, driver::input_warnings(program, outcome.inputs)};
  for (std::size_t port = 0; port < program.outputs.size(); ++port) {
    std::vector<base::Array> of_port;
    for (const std::vector<base::Array>& sample : outcome.outputs) {
      const program::Buffer& buffer = program.buffer(program.outputs[port].buffer);
      of_port.push_back(request.raw ? sample[port] : driver::dequantized(sample[port], buffer));
    }
    result.outputs.push_back(driver::stack(of_port));
  }
  return result;
}

Status Model::must_be_compiled_here() const {
  if (compiled_) return {};
  return unsupported({.file = artifact_.folder.string(),
                      .found = "was read from a folder, which holds no more than what was written",
                      .allowed = "models that pudu.compile() returned"});
}

Status Model::write_folder(const std::filesystem::path& folder, base::ProgressListener& progress) {
  PUDU_TRY(must_be_compiled_here());
  PUDU_TRY(driver::check_model_folder(folder, driver::FolderContent::Cpp));
  PUDU_TRY(driver::emit(*compiled_, folder, progress));
  return {};
}

Result<driver::PteArtifact> Model::write_pte(const std::filesystem::path& file, const PteRequest& request,
                                             base::ProgressListener& progress) const {
  PUDU_TRY(must_be_compiled_here());
  PUDU_TRY_ASSIGN(const emitters::PteOperators operators, tools::parse_pte_operators(request.operators));
  tools::ModelOptions options = options_;
  options.feed = "whole";    // a runtime takes whole inputs,
  options.memories.clear();  // and places its memory itself
  if (!request.memory.empty()) options.memory = request.memory;
  if (!request.ram.empty()) options.ram = request.ram;
  if (!request.plan_time.empty()) options.plan_time = request.plan_time;
  PUDU_TRY_ASSIGN(const driver::CompileOptions chosen, tools::to_compile_options(options));
  if (chosen.quantizer.int4_weights) {
    return unsupported({.where = "weights",
                        .found = "'int4' for an ExecuTorch program",
                        .allowed = "C++ output: the operators of a program take weights of 8 bits"});
  }
  PUDU_TRY(driver::check_output_file(file));
  PUDU_TRY_ASSIGN(driver::PteArtifact artifact, driver::make_pte(*compiled_, operators, progress, chosen.plan));
  PUDU_TRY(driver::check_limits(artifact.model, chosen.ram_bytes, chosen.flash_bytes));
  PUDU_TRY(driver::write_pte(artifact.bytes, file));
  return artifact;
}

}  // namespace pudu::python
