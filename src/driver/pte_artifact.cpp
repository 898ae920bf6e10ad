#include "driver/pte_artifact.hpp"

#include <string>
#include <utility>

#include "base/output_file.hpp"
#include "base/own_check.hpp"
#include "driver/artifact.hpp"
#include "driver/stage_clock.hpp"
#include "driver/version.hpp"
#include "emitters/pte/in_place.hpp"
#include "emitters/pte/legalize.hpp"
#include "pte/kernel_operators.hpp"
#include "pte/read.hpp"
#include "schedule/make_schedule.hpp"
#include "schedule/share_storage.hpp"

namespace pudu::driver {
namespace {

using targets::KernelLibrary;

struct PlannedProgram {
  program::Program program;
  program::MemoryMap memory;
};

enum class Sharing : std::uint8_t { Allowed, None };

/// Results lie in the place of operands where both libraries allow that, and slices and parts where they are anyway.
Result<program::MemoryMap> plan_memory(const program::Program& program, Sharing sharing) {
  if (sharing == Sharing::Allowed) {
    return schedule::plan_layerwise(program, planner::default_plan_seconds, {emitters::in_place_operands});
  }
  PUDU_TRY_ASSIGN(program::MemoryMap memory, schedule::plan_schedule(program, program::layerwise_schedule(program)));
  memory.schedule.reset();
  return memory;
}

Result<PlannedProgram> planned_for(const program::Program& source, KernelLibrary library, Sharing sharing) {
  PUDU_TRY_ASSIGN(program::Program program, emitters::legalize_for_executorch(source, library));
  PUDU_TRY(base::as_own_check(program::verify(program)));
  PUDU_TRY_ASSIGN(program::MemoryMap memory, plan_memory(program, sharing));
  return PlannedProgram{std::move(program), std::move(memory)};
}

/// A program, its file, and what a reader sees in that.
struct WrittenProgram {
  PlannedProgram planned;
  std::vector<std::byte> bytes;
  pte::Program file;
  std::size_t spared_bytes = 0;
};

/// For both libraries' kernels where that costs nothing, else for Pudu's.
Result<PlannedProgram> choose_library(const program::Program& source, Sharing sharing, std::size_t& spared_bytes) {
  Result<PlannedProgram> for_both = planned_for(source, KernelLibrary::CmsisNn, sharing);
  if (source.target.kernels == KernelLibrary::CmsisNn) return for_both;
  PUDU_TRY_ASSIGN(PlannedProgram builtin, planned_for(source, KernelLibrary::Builtin, sharing));
  if (!for_both) return builtin;
  if (for_both->memory.arena_bytes <= builtin.memory.arena_bytes) return for_both;
  spared_bytes = for_both->memory.arena_bytes - builtin.memory.arena_bytes;
  return builtin;
}

Result<WrittenProgram> write_program(const program::Program& source, const emitters::PteOptions& options,
                                     Sharing sharing) {
  WrittenProgram written;
  PUDU_TRY_ASSIGN(written.planned, choose_library(source, sharing, written.spared_bytes));
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
  if (shares) return write_program(source, options, Sharing::None);
  return base::as_own_check(Status(std::move(read).error())).error();
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
    const emitters::PteOptions options = {.operators = operators,
                                          .channels_last_inputs = artifact.model.channels_last_inputs,
                                          .pudu_version = std::string(version)};
    PUDU_TRY_ASSIGN(WrittenProgram written, write_program(dialect, options, Sharing::Allowed));
    for (const pte::Operator& op : written.file.main().operators) {
      if (pte::is_own_operator(op.name)) artifact.own_operators.push_back(op.full_name());
    }
    artifact.spared_bytes = written.spared_bytes;
    artifact.bytes = std::move(written.bytes);
    artifact.model.program = std::move(written.planned.program);
    artifact.model.memory = std::move(written.planned.memory);
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
