#include "driver/pte_artifact.hpp"

#include <string>
#include <utility>

#include "base/output_file.hpp"
#include "base/own_check.hpp"
#include "driver/artifact.hpp"
#include "driver/output_folder.hpp"
#include "driver/plan_pte.hpp"
#include "driver/stage_clock.hpp"
#include "driver/version.hpp"
#include "pte/kernel_operators.hpp"
#include "pte/read.hpp"

namespace pudu::driver {
namespace {

using targets::KernelLibrary;

/// A program, its file, and what a reader sees in that.
struct WrittenProgram {
  PtePlan planned;
  std::vector<std::byte> bytes;
  pte::Program file;
  std::size_t spared_bytes = 0;
};

/// For both libraries' kernels where that costs nothing, else for Pudu's.
Result<PtePlan> choose_library(const program::Program& source, Sharing sharing, const PlanOptions& plan,
                               std::size_t& spared_bytes) {
  Result<PtePlan> for_both = plan_pte(source, KernelLibrary::CmsisNn, sharing, plan);
  if (source.target.kernels == KernelLibrary::CmsisNn) return for_both;
  PUDU_TRY_ASSIGN(PtePlan builtin, plan_pte(source, KernelLibrary::Builtin, sharing, plan));
  if (!for_both) return builtin;
  builtin.work += for_both->work;
  for_both->work = builtin.work;
  // Rows are for limits that whole layers exceed.
  const bool needs_rows = runs_by_rows(for_both->memory) && !runs_by_rows(builtin.memory);
  if (plan.memory == MemoryMode::Auto && needs_rows) return builtin;
  if (for_both->memory.arena_bytes <= builtin.memory.arena_bytes) return for_both;
  spared_bytes = for_both->memory.arena_bytes - builtin.memory.arena_bytes;
  return builtin;
}

/// Image inputs of NHWC sizes, in a program made of the model's.
std::set<program::BufferId> channels_last_inputs(const CompiledModel& model, const program::Program& program) {
  std::set<program::BufferId> inputs;
  for (std::size_t i = 0; i < program.inputs.size(); ++i) {
    if (model.channels_last_inputs.contains(model.program.inputs[i].buffer)) inputs.insert(program.inputs[i].buffer);
  }
  return inputs;
}

Result<WrittenProgram> write_program(const CompiledModel& model, emitters::PteOperators operators, Sharing sharing,
                                     const PlanOptions& plan) {
  const program::Program& dialect = model.dialect_program ? *model.dialect_program : model.program;
  WrittenProgram written;
  PUDU_TRY_ASSIGN(written.planned, choose_library(dialect, sharing, plan, written.spared_bytes));
  const emitters::PteOptions options = {.operators = operators,
                                        .channels_last_inputs = channels_last_inputs(model, written.planned.program),
                                        .pudu_version = std::string(version)};
  const bool shares = written.planned.memory.schedule.has_value();
  PUDU_TRY_ASSIGN(written.bytes, emitters::emit_pte(written.planned.program, written.planned.memory, options));
  // What a runtime would find fault with is found here.
  auto read = pte::read(written.bytes);
  if (read) {
    written.file = std::move(read).value();
    return written;
  }
  // A reader sees bytes and no views. Of some views, such as a slice across two parts of a concatenation, it cannot
  // tell whether they are what is meant, and refuses them; then every buffer has memory of its own.
  if (shares && !runs_by_rows(written.planned.memory)) return write_program(model, operators, Sharing::None, plan);
  return base::as_own_check(Status(std::move(read).error())).error();
}

/// The file's directory, and the file within it.
std::pair<std::filesystem::path, std::string> split_path(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  return {folder.empty() ? "." : folder, file.filename().string()};
}

}  // namespace

Result<PteArtifact> make_pte(const CompiledModel& model, emitters::PteOperators operators,
                             base::ProgressListener& progress, const PlanOptions& plan) {
  PteArtifact artifact;
  StageClock clock(artifact.model.stages, progress);
  PUDU_TRY(clock.run("emit .pte", [&]() -> Status {
    PUDU_TRY_ASSIGN(WrittenProgram written, write_program(model, operators, Sharing::Allowed, plan));
    for (const pte::Operator& op : written.file.main().operators) {
      if (pte::is_own_operator(op.name)) artifact.own_operators.push_back(op.full_name());
    }
    artifact.spared_bytes = written.spared_bytes;
    artifact.bytes = std::move(written.bytes);
    artifact.model.program = std::move(written.planned.program);
    artifact.model.memory = std::move(written.planned.memory);
    artifact.model.channel_splits = std::move(written.planned.channel_splits);
    artifact.model.planning_work = written.planned.work;
    artifact.model.channels_last_inputs = channels_last_inputs(model, artifact.model.program);
    return {};
  }));
  artifact.model.stages.insert(artifact.model.stages.begin(), model.stages.begin(), model.stages.end());
  artifact.model.model_file = model.model_file;
  return artifact;
}

Status check_output_file(const std::filesystem::path& file) {
  const auto [folder, name] = split_path(file);
  std::error_code code;
  if (name.empty() || name == ".pte" || std::filesystem::is_directory(file, code)) {
    return invalid_input({.file = file.string(), .found = "is no name of a file", .allowed = "a file to be written"});
  }
  return check_output_folder(folder);
}

Status write_pte(const std::vector<std::byte>& bytes, const std::filesystem::path& file) {
  const auto [folder, name] = split_path(file);
  const base::OutputFile output{name, std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())};
  return base::write_files(folder, {&output, 1});
}

}  // namespace pudu::driver
