// pudu compile: the whole pipeline, from a model file to a folder of C++.
#include <fmt/format.h>

#include <memory>
#include <optional>

#include "driver/artifact.hpp"
#include "tools/any_cost_table.hpp"
#include "tools/command.hpp"

namespace pudu::tools {
namespace {

struct Options {
  ModelOptions model;
  std::optional<std::string> output;
  std::string emit = "cpp";
};

constexpr const char* description =
    "Compile a network for one Cortex-M\n\n"
    "  pudu compile model.pt2 --target cortex-m55 --calibration samples.npy -o out\n"
    "  pudu compile model.pt2 --target m4 --calibration samples.npy --ram 256K --flash 1M -o out\n"
    "  pudu compile model.pt2 --target any --calibration samples.npy -o out     runs on every Cortex-M\n\n"
    "out/ holds model.hpp, model.cpp, CMakeLists.txt, the kernels it calls, report.html and report.json.\n"
    "model.cpp refuses to build with kernels of another ABI, kernels that want more scratch, or flags of another "
    "ISA.\n";

Status check(const Options& options) {
  if (!options.output) {
    return usage_error({.where = "compile", .found = "--output is required", .hint = "see `pudu compile --help`"});
  }
  if (options.emit != "cpp") {
    return unsupported({.where = "--emit", .found = "'" + options.emit + "'", .allowed = "cpp"});
  }
  if (std::filesystem::path(*options.output).extension() == ".pte") {
    return unsupported({.where = "--output",
                        .found = "'" + *options.output + "', an ExecuTorch program",
                        .allowed = "a folder: this version writes C++ only"});
  }
  if (options.output->empty()) return usage_error({.where = "--output", .found = "''", .allowed = "a folder"});
  if (options.model.calibration.empty()) return missing_calibration();
  return {};
}

void print_summary(const OutputOptions& output, const emitters::Report& report, const std::string& folder) {
  say(output, fmt::format("{} for {} (ISA {})", report.model, report.cpu, report.isa));
  say(output, fmt::format("  arena    {:>12} bytes (lower bound {})", with_thousands(report.arena_bytes),
                          with_thousands(report.lower_bound_bytes)));
  say(output, fmt::format("  weights  {:>12} bytes", with_thousands(report.weights_bytes)));
  say(output, fmt::format("  work     {:>12} multiply-accumulates in {} kernel calls",
                          with_thousands(static_cast<std::uint64_t>(report.macs)), report.layers.size()));
  if (!report.exact_targets.empty()) say(output, any_cost_table(report));
  if (!report.transposes.empty()) {
    say(output, fmt::format("  note     {} transpose(s) remain: {}", report.transposes.size(),
                            fmt::join(report.transposes, ", ")));
  }
  say(output, fmt::format("  written  {}/model.hpp, model.cpp, CMakeLists.txt, report.html, report.json", folder));
}

Status run(const Options& options, const OutputOptions& output) {
  if (std::optional<Status> end = end_early("compile", options.model, CalibrationPolicy::Required, output)) return *end;
  PUDU_TRY(check(options));
  PUDU_TRY_ASSIGN(const driver::CompileOptions compile_options, to_compile_options(options.model));
  PUDU_TRY(driver::check_output_folder(*options.output));
  ConsoleProgress progress(output);
  PUDU_TRY_ASSIGN(driver::CompiledModel model, driver::compile(compile_options, progress));
  PUDU_TRY_ASSIGN(const emitters::Report report, driver::emit(model, *options.output, progress));
  if (output.json) fmt::print("{}", emitters::to_json(report));
  print_summary(output, report, *options.output);
  return {};
}

}  // namespace

Action add_compile(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compile", description);
  add_model_options(*command, options->model);
  command->add_option("-o,--output", options->output, "folder for the C++ and the report");
  command->add_option("--emit", options->emit, "what to write: cpp")->capture_default_str();
  return [options](const OutputOptions& output) { return run(*options, output); };
}

}  // namespace pudu::tools
