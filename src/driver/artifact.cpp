#include "driver/artifact.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/files.hpp"
#include "base/output_file.hpp"
#include "driver/any_cost.hpp"
#include "driver/output_folder.hpp"
#include "driver/plan_report.hpp"
#include "driver/stage_clock.hpp"
#include "driver/version.hpp"
#include "emitters/cpp/arduino.hpp"
#include "emitters/cpp/cpp_emitter.hpp"
#include "kernels/build_check.hpp"
#include "ops/call_check.hpp"
#include "program/plan_text.hpp"
#include "schedule/verify_plan.hpp"

namespace pudu::driver {

Result<emitters::Report> report_of(const CompiledModel& model) {
  PUDU_TRY_ASSIGN(emitters::Report report, report_of_plans(model));
  report.pudu_version = version;
  report.model = model.model_file;
  PUDU_TRY_ASSIGN(report.exact_targets, costs_by_isa(model.program));
  if (model.optimize) report.optimize = prepare::to_string(*model.optimize);
  for (const prepare::Choice& choice : model.choices) {
    for (emitters::ReportLayer& layer : report.layers) {
      if (layer.name != choice.call) continue;
      layer.choice = choice.description;
      layer.estimated_instructions = static_cast<std::uint64_t>(choice.instructions);
    }
  }
  for (const quantizer::FloatPart& part : model.float_parts) {
    report.float_parts.push_back({.name = part.node, .op = part.op, .reason = part.reason});
    for (const emitters::ReportLayer& layer : report.layers) {
      if (layer.name != part.node) continue;
      report.float_parts.back().macs = layer.macs;
      report.float_parts.back().weights_bytes = layer.weights_bytes;
    }
  }
  if (model.int16) {
    report.int16 = emitters::ReportInt16{.values = model.int16->names};
    if (model.int16->held_out > 0) {
      report.int16->sqnr_db = model.int16->sqnr_db;
      report.int16->int8_sqnr_db = model.int16->int8_sqnr_db;
      report.int16->held_out_samples = model.int16->held_out;
    }
  }
  const schedule::PlanningWork& work = model.planning_work;
  report.planning = {work.traced_steps, work.packed_arenas, work.packing_work};
  report.dead_channels = {.channels = model.dead_channels.channels(),
                          .macs = model.dead_channels.macs,
                          .constant_bytes = model.dead_channels.constant_bytes,
                          .activation_bytes = model.dead_channels.activation_bytes};
  for (const passes::DeadChannels& layer : model.dead_channels.layers) {
    report.dead_channels.layers.push_back({.layer = layer.layer, .removed = layer.removed, .of = layer.of});
  }
  // Who sets it asks for the same bytes every time, and these are measured.
  if (std::getenv("SOURCE_DATE_EPOCH") == nullptr) {
    for (const StageTime& stage : model.stages) {
      report.stages.push_back({stage.name, stage.seconds, stage.peak_memory_bytes});
    }
  }
  return report;
}

namespace {

constexpr std::string_view header_start = "pudu-model 2 fnv1a ";
constexpr std::size_t checksum_digits = 16;

/// FNV-1a, 64 bits: against bytes that were damaged, not against an attacker.
std::string checksum(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char character : text) hash = (hash ^ static_cast<unsigned char>(character)) * 0x100000001b3U;
  return fmt::format("{:0{}x}", hash, checksum_digits);
}

constexpr std::string_view origin_start = "compiled by ";
constexpr std::string_view origin_middle = " for kernel ABI ";

/// A line with format and checksum of the rest, a line with versions, the plan if it has a schedule, then the
/// serialized Program.
std::string format_model(const program::Program& program, const program::MemoryMap& memory) {
  const std::string plan = memory.schedule ? program::print_plan(program, memory) : "";
  const std::string body = fmt::format("{}{}{}{}\n{}{}", origin_start, version, origin_middle, kernels::abi_version,
                                       plan, program::serialize(program));
  return std::string(header_start) + checksum(body) + "\n" + body;
}

Error broken_model(std::string found) {
  return invalid_input({.found = std::move(found),
                        .allowed = "a file written by this version of `pudu compile`",
                        .hint = "compile the model again"});
}

struct ModelFile {
  std::string pudu_version;
  int kernel_abi_version = 0;
  std::string_view plan;     ///< with a schedule; else empty
  std::string_view program;  ///< serialized; text of another version, perhaps
};

/// The content behind the checksum.
Result<std::string_view> checked_body(std::string_view file) {
  constexpr std::size_t header_size = header_start.size() + checksum_digits + 1;
  if (!file.starts_with(header_start)) return broken_model("is not a compiled model of this format");
  if (file.size() < header_size || file[header_size - 1] != '\n') return broken_model("is cut off");
  const std::string_view body = file.substr(header_size);
  if (file.substr(header_start.size(), checksum_digits) != checksum(body)) {
    return broken_model("is damaged: its checksum does not match");
  }
  return body;
}

/// All of the text is the number.
bool read_number(std::string_view text, int& number) {
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc{} && read.ptr == end;
}

Result<ModelFile> parse_origin(std::string_view body) {
  const std::string_view line = body.substr(0, body.find('\n'));
  const std::size_t middle = line.find(origin_middle, origin_start.size());
  ModelFile model;
  if (!line.starts_with(origin_start) || middle == std::string_view::npos || line.size() == body.size() ||
      !read_number(line.substr(middle + origin_middle.size()), model.kernel_abi_version)) {
    return broken_model("does not say which version wrote it");
  }
  model.pudu_version = line.substr(origin_start.size(), middle - origin_start.size());
  model.program = body.substr(line.size() + 1);
  constexpr std::string_view plan_end = "\n}\n";
  if (model.program.starts_with("plan {")) {
    const std::size_t end = model.program.find(plan_end);
    if (end == std::string_view::npos) return broken_model("its plan has no end");
    model.plan = model.program.substr(0, end + plan_end.size());
    model.program.remove_prefix(model.plan.size());
  }
  return model;
}

Result<ModelFile> parse_model(std::string_view file) {
  PUDU_TRY_ASSIGN(const std::string_view body, checked_body(file));
  PUDU_TRY_ASSIGN(ModelFile model, parse_origin(body));
  if (model.kernel_abi_version == kernels::abi_version) return model;
  return invalid_input(
      {.found = fmt::format("was compiled by Pudu {} for kernel ABI {}", model.pudu_version, model.kernel_abi_version),
       .allowed = fmt::format("kernel ABI {} of Pudu {}", kernels::abi_version, version),
       .hint = fmt::format("compile the model again, or use Pudu {}", model.pudu_version)});
}

/// The Program of a model.pudu, checked: kernels read and write where it tells them to, and have the scratch they want.
Result<program::Program> parse_program(const ModelFile& model) {
  PUDU_TRY_ASSIGN(program::Program program, program::deserialize(model.program));
  Status fits = ops::check_calls(program);
  if (fits) return program;
  Error error = std::move(fits).error();
  if (model.pudu_version == version) return error;
  for (Diagnostic& diagnostic : error.diagnostics) {
    diagnostic.hint = fmt::format("compile the model again, or use Pudu {}", model.pudu_version);
  }
  return error;
}

/// The plan of the file, or, where it has none, the one of whole layers.
Result<program::MemoryMap> read_plan(const ModelFile& model, const program::Program& program) {
  if (model.plan.empty()) return plan_program(program);
  PUDU_TRY_ASSIGN(program::MemoryMap map, program::parse_plan(program, model.plan));
  PUDU_TRY(schedule::verify_plan(program, map));
  return map;
}

std::vector<base::OutputFile> report_files(const emitters::Report& report) {
  std::vector<base::OutputFile> files;
  files.push_back({"report.json", emitters::to_json(report)});
  files.push_back({"report.html", emitters::to_html(report)});
  return files;
}

}  // namespace

Status write_report(const emitters::Report& report, const std::filesystem::path& folder) {
  PUDU_TRY(check_model_folder(folder, FolderContent::Report));
  return base::write_files(folder, report_files(report));
}

namespace {

Status remove_file(const std::filesystem::path& file) {
  std::error_code code;
  std::filesystem::remove(file, code);
  if (!code) return {};
  return invalid_input({.file = file.string(),
                        .found = "is of the older model, and cannot be removed (" + code.message() + ")",
                        .allowed = "a folder that can be written"});
}

using Emitter = decltype(&emitters::emit_cpp);

/// What `emit_sources` makes, with program and report in the folder `place` of it.
Result<emitters::Report> emit_with(Emitter emit_sources, const std::string& place, CompiledModel& model,
                                   const std::filesystem::path& folder, base::ProgressListener& progress) {
  StageClock clock(model.stages, progress);
  const emitters::CppOrigin origin{model.model_file, std::string(version)};
  PUDU_TRY_ASSIGN(std::vector<base::OutputFile> files,
                  clock.run("emit", [&] { return emit_sources(model.program, model.memory, origin); }));
  files.push_back({place + program_file, format_model(model.program, model.memory)});
  const std::optional<std::filesystem::path> outdated = outdated_program(folder / place, files.back().content);
  PUDU_TRY_ASSIGN(emitters::Report report, report_of(model));
  for (base::OutputFile& file : report_files(report)) files.push_back({place + file.path, std::move(file.content)});
  PUDU_TRY(base::write_files(folder, files));
  if (outdated) PUDU_TRY(remove_file(*outdated));
  return report;
}

}  // namespace

Result<emitters::Report> emit(CompiledModel& model, const std::filesystem::path& folder,
                              base::ProgressListener& progress) {
  return emit_with(emitters::emit_cpp, "", model, folder, progress);
}

Result<emitters::Report> emit_arduino(CompiledModel& model, const std::filesystem::path& folder,
                                      base::ProgressListener& progress) {
  return emit_with(emitters::emit_arduino, std::string(arduino_extras) + "/", model, folder, progress);
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
  Result<ModelFile> model = parse_model({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!model) return std::move(model).error().in_file(file.string());
  Result<program::Program> program = parse_program(*model);
  if (!program) return std::move(program).error().in_file(file.string());
  Artifact artifact{folder, std::move(program).value(), {}, model->pudu_version, model->kernel_abi_version};
  Result<program::MemoryMap> memory = read_plan(*model, artifact.program);
  if (!memory) return std::move(memory).error().in_file(file.string());
  artifact.memory = std::move(memory).value();
  return artifact;
}

}  // namespace pudu::driver
