// pudu analyze: what a network needs on a target, before any calibration data exist.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "driver/artifact.hpp"
#include "driver/output_folder.hpp"
#include "driver/pte_report.hpp"
#include "tools/analyze_model.hpp"
#include "tools/analyze_pte.hpp"
#include "tools/any_cost_table.hpp"
#include "tools/command.hpp"
#include "tools/memory_table.hpp"
#include "tools/report_table.hpp"

namespace pudu::tools {
namespace {

constexpr const char* description =
    "Say what a network needs: parameters, MACs, flash, arena, what limits it\n\n"
    "  pudu analyze model.pt2 --target cortex-m4\n"
    "  pudu analyze model.pt2 --target any     sizes for every ISA, and what the worst case costs\n"
    "  pudu analyze model.pt2 --target cortex-m55 --ram 256K --flash 1M     exit code 4 when it does not fit\n"
    "  pudu analyze model.pte --output report     a program that is compiled already, ExecuTorch's too\n\n"
    "Needs no calibration data: sizes do not depend on them.\n";

struct Options {
  ModelOptions model;
  std::string folder;
};

/// A program is compiled already: what steers a compilation would be ignored in silence.
Status check_pte_options(const CLI::App& command) {
  const std::set<std::string> meaningful = {"MODEL",     "--isa",   "--ram",  "--flash", "--output",
                                            "--verbose", "--quiet", "--json", "--help"};
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_lnames().empty() ? option->get_name() : "--" + option->get_lnames().front();
    if (option->count() == 0 || meaningful.contains(name)) continue;
    return usage_error(
        {.where = name, .found = "given for a program that is compiled already", .allowed = "with a .pt2 file only"});
  }
  return {};
}

Status run_pte(const Options& options, const OutputOptions& output) {
  PteAnalysis analysis{.file = options.model.model, .isa = options.model.isa, .folder = options.folder};
  if (!options.model.ram.empty()) {
    PUDU_TRY_ASSIGN(analysis.ram_bytes, parse_size(options.model.ram, "--ram"));
  }
  if (!options.model.flash.empty()) {
    PUDU_TRY_ASSIGN(analysis.flash_bytes, parse_size(options.model.flash, "--flash"));
  }
  return analyze_pte(analysis, output);
}

Status run_model(const Options& all_options, const OutputOptions& output) {
  const ModelOptions& options = all_options.model;
  if (std::optional<Status> end = end_early("analyze", options, CalibrationPolicy::Synthetic, output)) return *end;
  PUDU_TRY_ASSIGN(const driver::CompileOptions compile_options, to_compile_options(options));
  ConsoleProgress progress(output);
  PUDU_TRY_ASSIGN(const Analysis analysis, analyze_model(compile_options, progress));
  const emitters::Report& report = analysis.report;
  if (output.json) {
    fmt::print("{}", analysis_json(analysis));
  } else if (!output.quiet) {
    print_report_summary(report);
    if (const std::string line = batch_line(compile_options, report); !line.empty()) fmt::print("{}\n", line);
    if (const std::string line = call_order_line(analysis.reordering); !line.empty()) fmt::print("{}\n", line);
    if (const std::string lines = channel_splits_lines(analysis.channel_splits); !lines.empty()) {
      fmt::print("{}\n", lines);
    }
    print_layer_table(report);
    if (const std::string table = cmsis_nn_table(report); !table.empty()) fmt::print("\n{}\n", table);
    if (!report.exact_targets.empty()) fmt::print("\n{}\n", any_cost_table(report));
    fmt::print("\n{}", memory_table(analysis.in_arena, analysis.in_pool));
  }
  // Table and report come first: who asks whether it fits wants to see why not.
  if (!all_options.folder.empty()) PUDU_TRY(driver::write_report(report, all_options.folder));
  PUDU_TRY(analysis.fits);
  if (compile_options.ram_bytes || compile_options.flash_bytes) say(output, "\n  it fits");
  return {};
}

Status run(const CLI::App& command, const Options& options, const OutputOptions& output) {
  if (!options.folder.empty()) PUDU_TRY(driver::check_model_folder(options.folder, driver::FolderContent::Report));
  if (!driver::is_pte(options.model.model)) return run_model(options, output);
  PUDU_TRY(check_pte_options(command));
  return run_pte(options, output);
}

}  // namespace

Action add_analyze(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("analyze", description);
  add_model_options(*command, options->model);
  command->add_option("--output", options->folder, "folder for report.html and report.json");
  return [command, options](const OutputOptions& output) { return run(*command, *options, output); };
}

}  // namespace pudu::tools
