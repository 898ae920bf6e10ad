#include "driver/pte_artifact.hpp"

#include <string>
#include <utility>

#include "base/output_file.hpp"
#include "base/own_check.hpp"
#include "driver/artifact.hpp"
#include "driver/stage_clock.hpp"
#include "driver/version.hpp"
#include "emitters/pte/legalize.hpp"
#include "pte/kernel_operators.hpp"
#include "pte/read.hpp"
#include "schedule/make_schedule.hpp"

namespace pudu::driver {
namespace {

using targets::KernelLibrary;

struct PlannedProgram {
  program::Program program;
  program::MemoryMap memory;
};

Result<PlannedProgram> planned_for(const program::Program& source, KernelLibrary library) {
  PUDU_TRY_ASSIGN(program::Program program, emitters::legalize_for_executorch(source, library));
  PUDU_TRY(base::as_own_check(program::verify(program)));
  // A runtime's kernels promise nothing about results in the place of inputs, so every buffer has memory of its own.
  PUDU_TRY_ASSIGN(program::MemoryMap memory, schedule::plan_schedule(program, program::layerwise_schedule(program)));
  memory.schedule.reset();
  return PlannedProgram{std::move(program), std::move(memory)};
}

/// For both libraries' kernels where that costs nothing, else for Pudu's.
Result<PlannedProgram> choose_library(const program::Program& source, std::size_t& spared_bytes) {
  Result<PlannedProgram> for_both = planned_for(source, KernelLibrary::CmsisNn);
  if (source.target.kernels == KernelLibrary::CmsisNn) return for_both;
  PUDU_TRY_ASSIGN(PlannedProgram builtin, planned_for(source, KernelLibrary::Builtin));
  if (!for_both) return builtin;
  if (for_both->memory.arena_bytes <= builtin.memory.arena_bytes) return for_both;
  spared_bytes = for_both->memory.arena_bytes - builtin.memory.arena_bytes;
  return builtin;
}

/// The file's directory, and the file within it.
std::pair<std::filesystem::path, std::string> split_path(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path();
  return {folder.empty() ? "." : folder, file.filename().string()};
}

/// Image inputs of NHWC sizes, in the dialect's program.
std::set<program::BufferId> channels_last_inputs(const CompiledModel& model, const program::Program& dialect) {
  std::set<program::BufferId> inputs;
  for (std::size_t i = 0; i < dialect.inputs.size(); ++i) {
    if (model.channels_last_inputs.contains(model.program.inputs[i].buffer)) inputs.insert(dialect.inputs[i].buffer);
  }
  return inputs;
}

}  // namespace

Result<PteArtifact> make_pte(const CompiledModel& model, emitters::PteOperators operators,
                             base::ProgressListener& progress) {
  const program::Program& dialect = model.dialect_program ? *model.dialect_program : model.program;
  PteArtifact artifact;
  artifact.model.channels_last_inputs = channels_last_inputs(model, dialect);
  StageClock clock(artifact.model.stages, progress);
  PUDU_TRY(clock.run("emit .pte", [&]() -> Status {
    PUDU_TRY_ASSIGN(const PlannedProgram chosen, choose_library(dialect, artifact.spared_bytes));
    const emitters::PteOptions options = {.operators = operators,
                                          .channels_last_inputs = artifact.model.channels_last_inputs,
                                          .pudu_version = std::string(version)};
    PUDU_TRY_ASSIGN(artifact.bytes, emitters::emit_pte(chosen.program, chosen.memory, options));
    // What a runtime would find fault with is found here.
    auto read = pte::read(artifact.bytes);
    if (!read) return base::as_own_check(Status(std::move(read).error()));
    for (const pte::Operator& op : read->main().operators) {
      if (pte::is_own_operator(op.name)) artifact.own_operators.push_back(op.full_name());
    }
    artifact.model.program = chosen.program;
    artifact.model.memory = chosen.memory;
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
