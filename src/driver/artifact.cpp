#include "driver/artifact.hpp"

#include <utility>

#include "base/files.hpp"
#include "base/output_file.hpp"
#include "driver/stage_clock.hpp"
#include "driver/version.hpp"
#include "emitters/cpp/cpp_emitter.hpp"
#include "ops/call_check.hpp"

namespace pudu::driver {

emitters::Report report_of(const CompiledModel& model) {
  emitters::Report report = emitters::make_report(model.program, model.memory);
  report.pudu_version = version;
  report.model = model.model_file;
  for (const StageTime& stage : model.stages) {
    report.stages.push_back({stage.name, stage.seconds, stage.peak_memory_bytes});
  }
  return report;
}

namespace {

std::vector<base::OutputFile> report_files(const emitters::Report& report) {
  std::vector<base::OutputFile> files;
  files.push_back({"report.json", emitters::to_json(report)});
  files.push_back({"report.html", emitters::to_html(report)});
  return files;
}

}  // namespace

Status write_report(const emitters::Report& report, const std::filesystem::path& folder) {
  return base::write_files(folder, report_files(report));
}

namespace {

Status write_program(const CompiledModel& model, const std::filesystem::path& folder) {
  const emitters::CppOrigin origin{model.model_file, std::string(version)};
  PUDU_TRY_ASSIGN(std::vector<base::OutputFile> files, emitters::emit_cpp(model.program, model.memory, origin));
  files.push_back({program_file, program::serialize(model.program)});
  return base::write_files(folder, files);
}

}  // namespace

Result<emitters::Report> emit(CompiledModel& model, const std::filesystem::path& folder,
                              base::ProgressListener& progress) {
  StageClock clock(model.stages, progress);
  PUDU_TRY(clock.run("emit", [&] { return write_program(model, folder); }));
  emitters::Report report = report_of(model);
  PUDU_TRY(write_report(report, folder));
  return report;
}

Result<Artifact> read_artifact(const std::filesystem::path& folder) {
  std::error_code code;
  const std::filesystem::path file = folder / program_file;
  if (!std::filesystem::is_regular_file(file, code)) {
    return invalid_input({.file = folder.string(),
                          .found = "not a compiled model (no " + std::string(program_file) + " in it)",
                          .allowed = "a folder written by `pudu compile`"});
  }
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, base::read_file(file));
  Result<program::Program> program = program::deserialize({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!program) return std::move(program).error().in_file(file.string());
  Artifact artifact{folder, std::move(program).value(), {}};
  if (Status status = ops::check_calls(artifact.program); !status)
    return std::move(status).error().in_file(file.string());
  PUDU_TRY_ASSIGN(artifact.memory, plan_program(artifact.program));
  return artifact;
}

}  // namespace pudu::driver
