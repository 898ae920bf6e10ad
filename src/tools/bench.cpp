// pudu bench: instructions per inference and per layer on the emulated board of the target, and cycles estimated from
// them; against another measurement with --compare.
#include <fmt/format.h>

#include <memory>
#include <random>

#include "base/files.hpp"
#include "driver/run.hpp"
#include "tools/bench_table.hpp"
#include "tools/command.hpp"

namespace pudu::tools {
namespace {

struct Options {
  std::string artifact;
  std::string target;
  std::string board;
  std::string work_dir;
  std::string cmsis_nn_root;
  std::string compare;
  std::vector<std::string> inputs;
};

constexpr const char* description =
    "Count instructions per inference on the emulated board\n\n"
    "  pudu bench out\n"
    "  pudu bench out --target cortex-m4    of a model compiled with --target any\n"
    "  pudu bench out --compare before      layer by layer, against a compiled folder that was benched, or its "
    "report\n\n"
    "Counts executed instructions, exact and repeatable; they are not cycles. Estimated cycles come from published\n"
    "timings and memory without wait states. --verbose shows classes of instructions, too.\n";

/// One sample of fixed pseudo-random codes: instruction counts hardly depend on the data.
driver::Samples random_samples(const program::Program& program) {
  std::mt19937 generator(1);
  std::vector<base::Array> sample;
  for (const program::Port& port : program.inputs) {
    const program::Buffer& buffer = program.buffer(port.buffer);
    base::Array array{base::ArrayType::Int8, port.shape, {}};
    if (buffer.type == program::ElementType::Float32) {
      std::normal_distribution<float> normal;
      std::vector<float> values(buffer.bytes() / sizeof(float));
      for (float& value : values) value = normal(generator);
      array = base::make_array(port.shape, std::span<const float>(values));
    } else {
      for (std::size_t i = 0; i < buffer.bytes(); ++i)
        array.bytes.push_back(static_cast<std::byte>(generator() & 0xFF));
    }
    sample.push_back(std::move(array));
  }
  return {sample};
}

Result<emitters::Report> read_report(const std::filesystem::path& file) {
  PUDU_TRY_ASSIGN(const std::vector<std::byte> json, base::read_file(file));
  Result<emitters::Report> report =
      emitters::report_from_json({reinterpret_cast<const char*>(json.data()), json.size()});
  if (!report) return std::move(report).error().in_file(file.string());
  return report;
}

/// The measurement to compare with: a compiled folder that was benched, or what `pudu bench --json` wrote.
Result<emitters::Report> read_other(const std::string& path) {
  std::error_code error;
  const std::filesystem::path file = std::filesystem::is_directory(path, error)
                                         ? std::filesystem::path(path) / "report.json"
                                         : std::filesystem::path(path);
  PUDU_TRY_ASSIGN(emitters::Report report, read_report(file));
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
  PUDU_TRY_ASSIGN(const driver::Artifact artifact, driver::read_artifact(options.artifact));
  // Read before the work, which a folder without a report would lose.
  PUDU_TRY_ASSIGN(emitters::Report report, read_report(artifact.folder / "report.json"));
  std::optional<emitters::Report> other;
  if (!options.compare.empty()) {
    PUDU_TRY_ASSIGN(other, read_other(options.compare));
  }
  driver::Samples samples = random_samples(artifact.program);
  if (!options.inputs.empty()) {
    const std::vector<std::filesystem::path> files(options.inputs.begin(), options.inputs.end());
    PUDU_TRY_ASSIGN(samples, driver::load_samples(files, driver::input_shapes(artifact.program),
                                                  driver::input_types(artifact.program)));
    samples.resize(1);
  }
  ConsoleProgress progress(output);
  driver::BoardOptions board{options.board, options.work_dir, options.target, options.cmsis_nn_root};
  board.measurement = emulator::Measurement::Profile;
  PUDU_TRY_ASSIGN(const driver::RunOutcome outcome, driver::run_on_board(artifact, samples, board, progress));
  const driver::DeviceFigures& device = *outcome.device;
  report.measured_on = device.cpu;
  report.code_bytes = device.sizes.code_bytes;
  report.stack_bytes = device.stack_bytes;
  report.instructions = device.instructions.front();
  add_profile(*device.profile, emulator::cycle_model_for(device.cpu).has_value(), report);
  PUDU_TRY(driver::write_report(report, artifact.folder));
  if (output.json) fmt::print("{}", other ? comparison_json(report, *other) : emitters::to_json(report));
  say(output, artifact.program.target.is_any()
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
  command->add_option("ARTIFACT", options->artifact, "a compiled folder")->required();
  add_repeatable(*command, "--input", options->inputs, "a sample to run instead of pseudo-random codes");
  command->add_option("--target", options->target,
                      "CPU to emulate, for a model compiled with --target any [cortex-m55]");
  command->add_option("--board", options->board, "emulated board instead of the target's own");
  command->add_option("--work-dir", options->work_dir, "keep the firmware here, so that the next run builds less");
  command->add_option("--compare", options->compare,
                      "a compiled folder that was benched, or a saved report, to compare with layer by layer");
  command->add_option("--cmsis-nn-root", options->cmsis_nn_root,
                      "folder of CMSIS-NN for a model compiled with --kernels cmsis-nn [environment CMSIS_NN_ROOT]");
  return [options](const OutputOptions& output) { return run(*options, output); };
}

}  // namespace pudu::tools
