#include "driver/artifact.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
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

constexpr std::string_view header_start = "pudu-model 1 fnv1a ";
constexpr std::size_t checksum_digits = 16;

/// FNV-1a, 64 bits: against bytes that were damaged, not against an attacker.
std::string checksum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char character : text) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
  return fmt::format("{:0{}x}", hash, checksum_digits);
}

/// A line with format and checksum, then the serialized Program.
std::string format_model(const program::Program& program) {
  const std::string body = program::serialize(program);
  return std::string(header_start) + checksum(body) + "\n" + body;
}

Error broken_model(std::string found) {
  return invalid_input({.found = std::move(found),
                        .allowed = "a file written by this version of `pudu compile`",
                        .hint = "compile the model again"});
}

/// The Program of a model.pudu, checked: kernels read and write where it tells them to.
Result<program::Program> parse_model(std::string_view file) {
  constexpr std::size_t header_size = header_start.size() + checksum_digits + 1;
  if (!file.starts_with(header_start)) return broken_model("is not a compiled model of this format");
  if (file.size() < header_size || file[header_size - 1] != '\n') return broken_model("is cut off");
  const std::string_view body = file.substr(header_size);
  if (file.substr(header_start.size(), checksum_digits) != checksum(body)) {
    return broken_model("is damaged: its checksum does not match");
  }
  PUDU_TRY_ASSIGN(program::Program program, program::deserialize(body));
  PUDU_TRY(ops::check_calls(program));
  return program;
}

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

Status check_output_folder(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::error_code code;
  fs::path existing = folder;
  while (!existing.empty() && !fs::exists(existing, code)) existing = existing.parent_path();
  if (existing.empty()) existing = ".";
  if (!fs::is_directory(existing, code)) {
    return invalid_input({.file = folder.string(),
                          .found = "cannot be a folder: '" + existing.string() + "' is a file",
                          .allowed = "a folder that can be written"});
  }
  if (::access(existing.c_str(), W_OK | X_OK) != 0) {
    return invalid_input({.file = folder.string(),
                          .found = "cannot write to '" + existing.string() + "' (" + std::strerror(errno) + ")",
                          .allowed = "a folder that can be written"});
  }
  return {};
}

Result<emitters::Report> emit(CompiledModel& model, const std::filesystem::path& folder,
                              base::ProgressListener& progress) {
  StageClock clock(model.stages, progress);
  const emitters::CppOrigin origin{model.model_file, std::string(version)};
  PUDU_TRY_ASSIGN(std::vector<base::OutputFile> files,
                  clock.run("emit", [&] { return emitters::emit_cpp(model.program, model.memory, origin); }));
  files.push_back({program_file, format_model(model.program)});
  emitters::Report report = report_of(model);
  for (base::OutputFile& file : report_files(report)) files.push_back(std::move(file));
  PUDU_TRY(base::write_files(folder, files));
  return report;
}

Result<Artifact> read_artifact(const std::filesystem::path& folder) {
  std::error_code code;
  if (!std::filesystem::exists(folder, code)) {
    return invalid_input(
        {.file = folder.string(), .found = "no such folder", .allowed = "a folder written by `pudu compile`"});
  }
  const std::filesystem::path file = folder / program_file;
  if (!std::filesystem::is_regular_file(file, code)) {
    return invalid_input({.file = folder.string(),
                          .found = "not a compiled model (no " + std::string(program_file) + " in it)",
                          .allowed = "a folder written by `pudu compile`"});
  }
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, base::read_file(file));
  Result<program::Program> program = parse_model({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!program) return std::move(program).error().in_file(file.string());
  Artifact artifact{folder, std::move(program).value(), {}};
  PUDU_TRY_ASSIGN(artifact.memory, plan_program(artifact.program));
  return artifact;
}

}  // namespace pudu::driver
