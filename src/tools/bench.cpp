// pudu bench: instructions per inference and per layer on the emulated board of the target, and cycles estimated from
// them; against another measurement with --compare.
#include <fmt/format.h>

#include <memory>

#include "tools/bench_run.hpp"
#include "tools/bench_table.hpp"
#include "tools/command.hpp"

namespace pudu::tools {
namespace {

struct Options {
  BenchRequest request;
  std::string compare;
};

constexpr const char* description =
    "Count instructions per inference on the emulated board\n\n"
    "  pudu bench out\n"
    "  pudu bench out --target cortex-m4    of a model compiled with --target any\n"
    "  pudu bench out --compare before      layer by layer, against a compiled folder that was benched, or its "
    "report\n\n"
    "Counts executed instructions, exact and repeatable; they are not cycles. Estimated cycles come from published\n"
    "timings and memory without wait states. --verbose shows classes of instructions, too.\n";

/// The measurement to compare with: a compiled folder that was benched, or what `pudu bench --json` wrote.
Result<emitters::Report> read_other(const std::string& path) {
  std::error_code error;
  const std::filesystem::path file = std::filesystem::is_directory(path, error)
                                         ? std::filesystem::path(path) / "report.json"
                                         : std::filesystem::path(path);
  PUDU_TRY_ASSIGN(emitters::Report report, read_measured_report(file));
  if (report.instructions) return report;
  return invalid_input({.file = file.string(),
                        .where = "instructions",
                        .found = "not measured yet",
                        .allowed = "a report with measurements",
                        .hint = "run `pudu bench` on that folder first"});
}

void say_whole(const emitters::Report& report, const driver::DeviceFigures& device, const OutputOptions& output) {
  const double per_mac =
      report.macs > 0 ? static_cast<double>(device.instructions.front()) / static_cast<double>(report.macs) : 0.0;
  say(output, fmt::format("  instructions  {:>12} per inference ({:.2f} per MAC; executed instructions, not cycles)",
                          with_thousands(device.instructions.front()), per_mac));
  if (report.executed && report.executed->cycles) {
    say(output, fmt::format("  cycles        {:>12} estimated from published timings, memory without wait states "
                            "({} to {})",
                            with_thousands(*report.executed->cycles), with_thousands(*report.executed->cycles_low),
                            with_thousands(*report.executed->cycles_high)));
  }
  say(output, fmt::format("  arena         {:>12} bytes", with_thousands(report.arena_bytes)));
  say(output, fmt::format("  stack         {:>12} bytes", with_thousands(device.stack_bytes)));
  say(output, fmt::format("  flash         {:>12} bytes: code {}, weights and tables {}",
                          with_thousands(device.sizes.flash_bytes()), with_thousands(device.sizes.code_bytes),
                          with_thousands(device.sizes.constants_bytes + device.sizes.data_bytes)));
}

void say_layers(const emitters::Report& report, const OutputOptions& output) {
  const std::string layers = layer_cost_table(report);
  if (!layers.empty()) say(output, "\n" + layers.substr(0, layers.size() - 1));
  if (!output.verbose) return;
  const std::string classes = class_table(report);
  say(output, "\n" + classes.substr(0, classes.size() - 1));
}

void say_comparison(const emitters::Report& report, const emitters::Report& other, const OutputOptions& output) {
  const std::string table = comparison_table(report, other);
  say(output, fmt::format("\nAgainst {} on {}:\n{}", other.model, other.measured_on.value_or("an unknown CPU"),
                          table.substr(0, table.size() - 1)));
}

Status run(const Options& options, const OutputOptions& output) {
  std::optional<emitters::Report> other;
  if (!options.compare.empty()) {
    PUDU_TRY_ASSIGN(other, read_other(options.compare));
  }
  ConsoleProgress progress(output);
  PUDU_TRY_ASSIGN(const Bench bench, run_bench(options.request, progress));
  const emitters::Report& report = bench.report;
  const driver::DeviceFigures& device = bench.device;
  if (output.json) fmt::print("{}", other ? comparison_json(report, *other) : emitters::to_json(report));
  say(output, bench.is_for_any_cpu
                  ? fmt::format("{} for any CPU, on {}, {} in QEMU", report.model, device.cpu, device.board)
                  : fmt::format("{} on {} (ISA {}), {} in QEMU", report.model, report.cpu, report.isa, device.board));
  say_whole(report, device, output);
  say_layers(report, output);
  if (other) say_comparison(report, *other, output);
  return {};
}

}  // namespace

Action add_bench(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("bench", description);
  command->add_option("ARTIFACT", options->request.folder, "a compiled folder")->required();
  add_repeatable(*command, "--input", options->request.inputs, "a sample to run instead of pseudo-random codes");
  command->add_option("--target", options->request.target,
                      "CPU to emulate, for a model compiled with --target any [cortex-m55]");
  command->add_option("--board", options->request.board, "emulated board instead of the target's own");
  command->add_option("--work-dir", options->request.work_dir,
                      "keep the firmware here, so that the next run builds less");
  command->add_option("--compare", options->compare,
                      "a compiled folder that was benched, or a saved report, to compare with layer by layer");
  command->add_option("--cmsis-nn-root", options->request.cmsis_nn_root,
                      "folder of CMSIS-NN for a model compiled with --kernels cmsis-nn [environment CMSIS_NN_ROOT]");
  return [options](const OutputOptions& output) { return run(*options, output); };
}

}  // namespace pudu::tools
