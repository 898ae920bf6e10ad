// pudu bench: instructions per inference on the emulated board of the target.
#include <fmt/format.h>

#include <memory>
#include <random>

#include "base/files.hpp"
#include "driver/run.hpp"
#include "tools/command.hpp"

namespace pudu::tools {
namespace {

struct Options {
  std::string artifact;
  std::string target;
  std::string board;
  std::string work_dir;
  std::string cmsis_nn_root;
  std::vector<std::string> inputs;
};

constexpr const char* description =
    "Count instructions per inference on the emulated board\n\n"
    "  pudu bench out\n"
    "  pudu bench out --target cortex-m4    of a model compiled with --target any\n\n"
    "Counts executed instructions, exact and repeatable; they are not cycles.\n";

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

Result<emitters::Report> read_report(const driver::Artifact& artifact) {
  PUDU_TRY_ASSIGN(const std::vector<std::byte> json, base::read_file(artifact.folder / "report.json"));
  Result<emitters::Report> report =
      emitters::report_from_json({reinterpret_cast<const char*>(json.data()), json.size()});
  if (!report) return std::move(report).error().in_file((artifact.folder / "report.json").string());
  return report;
}

Status run(const Options& options, const OutputOptions& output) {
  PUDU_TRY_ASSIGN(const driver::Artifact artifact, driver::read_artifact(options.artifact));
  // Read before the work, which a folder without a report would lose.
  PUDU_TRY_ASSIGN(emitters::Report report, read_report(artifact));
  driver::Samples samples = random_samples(artifact.program);
  if (!options.inputs.empty()) {
    const std::vector<std::filesystem::path> files(options.inputs.begin(), options.inputs.end());
    PUDU_TRY_ASSIGN(samples, driver::load_samples(files, driver::input_shapes(artifact.program),
                                                  driver::input_types(artifact.program)));
    samples.resize(1);
  }
  ConsoleProgress progress(output);
  PUDU_TRY_ASSIGN(
      const driver::RunOutcome outcome,
      driver::run_on_board(artifact, samples, {options.board, options.work_dir, options.target, options.cmsis_nn_root},
                           progress));
  const driver::DeviceFigures& device = *outcome.device;
  report.measured_on = device.cpu;
  report.code_bytes = device.sizes.code_bytes;
  report.stack_bytes = device.stack_bytes;
  report.instructions = device.instructions.front();
  PUDU_TRY(driver::write_report(report, artifact.folder));
  if (output.json) fmt::print("{}", emitters::to_json(report));
  const double per_mac =
      report.macs > 0 ? static_cast<double>(device.instructions.front()) / static_cast<double>(report.macs) : 0.0;
  say(output, artifact.program.target.is_any()
                  ? fmt::format("{} for any CPU, on {}, {} in QEMU", report.model, device.cpu, device.board)
                  : fmt::format("{} on {} (ISA {}), {} in QEMU", report.model, report.cpu, report.isa, device.board));
  say(output, fmt::format("  instructions  {:>12} per inference ({:.2f} per MAC; executed instructions, not cycles)",
                          with_thousands(device.instructions.front()), per_mac));
  say(output, fmt::format("  arena         {:>12} bytes", with_thousands(report.arena_bytes)));
  say(output, fmt::format("  stack         {:>12} bytes", with_thousands(device.stack_bytes)));
  say(output, fmt::format("  flash         {:>12} bytes: code {}, weights and tables {}",
                          with_thousands(device.sizes.flash_bytes()), with_thousands(device.sizes.code_bytes),
                          with_thousands(device.sizes.constants_bytes + device.sizes.data_bytes)));
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
  command->add_option("--cmsis-nn-root", options->cmsis_nn_root,
                      "folder of CMSIS-NN for a model compiled with --kernels cmsis-nn [environment CMSIS_NN_ROOT]");
  return [options](const OutputOptions& output) { return run(*options, output); };
}

}  // namespace pudu::tools
