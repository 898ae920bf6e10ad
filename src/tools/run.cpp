// pudu run: a compiled model on samples, on the host simulator or on an emulated board; an ExecuTorch program on
// ExecuTorch's runtime; or the float network itself.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/output_file.hpp"
#include "driver/accuracy.hpp"
#include "driver/compile.hpp"
#include "driver/executorch_run.hpp"
#include "driver/float_run.hpp"
#include "driver/frontends.hpp"
#include "driver/output_folder.hpp"
#include "driver/run.hpp"
#include "frontends/numpy/npz.hpp"
#include "tools/command.hpp"
#include "tools/memory_table.hpp"
#include "tools/profile_table.hpp"

namespace pudu::tools {
namespace {

struct Options {
  std::string artifact;
  std::vector<std::string> inputs;
  std::string output;
  std::string labels;
  std::string on;  ///< empty: executorch for a .pte file, host for anything else
  std::string target;
  std::string board;
  std::string work_dir;
  std::string cmsis_nn_root;
  std::string limit;
  std::string etdump;
  bool raw = false;
  bool profile = false;
  bool reset_each_sample = false;
};

constexpr const char* description =
    "Run a compiled model on samples\n\n"
    "  pudu run out --input images.npy --output scores.npy\n"
    "  pudu run out --input images.npy --labels labels.npy --on qemu\n"
    "  pudu run out --input images.npy --on qemu --target cortex-m0    of a model compiled with --target any\n"
    "  pudu run model.pte --input images.npy --profile    an ExecuTorch program on ExecuTorch's runtime\n"
    "  pudu run model.pt2 --input images.npy --output float_scores.npy    the float network, for comparison\n";

/// What a compiled model takes of a device. A board measures flash and RAM of the whole firmware.
struct Sizes {
  std::size_t arena_bytes = 0;
  std::size_t constants_bytes = 0;
  std::size_t state_bytes = 0;  ///< what it keeps from run to run
};

struct Run {
  driver::RunOutcome outcome;
  std::vector<std::int64_t> labels;                     ///< of all samples of the input; empty when not asked for
  std::optional<Sizes> sizes;                           ///< of a compiled model
  std::vector<std::string> warnings;                    ///< of the samples
  std::optional<driver::ExecutorchOutcome> executorch;  ///< of an ExecuTorch program: all but the outputs
};

bool is_model_file(const std::string& path) {
  const std::filesystem::path extension = std::filesystem::path(path).extension();
  return extension == ".pt2" || extension == ".tflite";
}

std::vector<std::filesystem::path> paths(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

driver::SampleStates states_of(const Options& options) {
  return options.reset_each_sample ? driver::SampleStates::Reset : driver::SampleStates::Kept;
}

/// Outputs become float32 unless --raw.
void dequantize_outputs(const program::Program& program, driver::RunOutcome& outcome) {
  for (std::vector<base::Array>& sample : outcome.outputs) {
    for (std::size_t i = 0; i < sample.size(); ++i) {
      sample[i] = driver::dequantized(sample[i], program.buffer(program.outputs[i].buffer));
    }
  }
}

/// An option that another place does not take is an error, not ignored.
Status check_options_of(const std::string& place, const Options& options) {
  struct PlaceOption {
    const char* place;
    const char* name;
    bool is_given;
  };
  const PlaceOption placed[] = {
      {"qemu", "--target", !options.target.empty()},     {"qemu", "--board", !options.board.empty()},
      {"qemu", "--work-dir", !options.work_dir.empty()}, {"qemu", "--cmsis-nn-root", !options.cmsis_nn_root.empty()},
      {"executorch", "--profile", options.profile},      {"executorch", "--etdump", !options.etdump.empty()}};
  for (const PlaceOption& option : placed) {
    if (!option.is_given || option.place == place) continue;
    return usage_error({.where = option.name,
                        .found = place == "host" ? "given for a run on the host" : "given for a run on " + place,
                        .allowed = "with --on " + std::string(option.place) + " only"});
  }
  if (place == "executorch" && options.reset_each_sample) {
    return usage_error({.where = "--reset-each-sample",
                        .found = "given for a run on executorch",
                        .allowed = "models in C++: a .pte has no state"});
  }
  return {};
}

Status check_place(const Options& options) {
  if (options.on != "host" && options.on != "qemu" && options.on != "executorch") {
    return usage_error({.where = "--on", .found = "'" + options.on + "'", .allowed = "host, qemu or executorch"});
  }
  const bool is_program = driver::is_executorch_program(options.artifact);
  if (is_program != (options.on == "executorch")) {
    return usage_error({.where = "--on",
                        .found = "'" + options.on + "' with " + (is_program ? "an ExecuTorch program" : "no .pte file"),
                        .allowed = is_program ? "executorch, which is the default" : "host or qemu",
                        .hint = is_program ? "" : "pudu compile MODEL --output FILE.pte writes an ExecuTorch program"});
  }
  return check_options_of(options.on, options);
}

/// What is asked for must be possible before the work is done.
Status check_output(const Options& options, std::size_t ports) {
  if (options.output.empty()) return {};
  const std::filesystem::path file = options.output;
  if (file.extension() != ".npy" && file.extension() != ".npz") {
    return usage_error({.where = "--output", .found = "'" + options.output + "'", .allowed = "a .npy or .npz file"});
  }
  if (ports > 1 && file.extension() == ".npy") {
    return usage_error({.where = "--output",
                        .found = "one .npy file for " + std::to_string(ports) + " outputs",
                        .allowed = "a name ending in .npz"});
  }
  return driver::check_output_folder(file.has_parent_path() ? file.parent_path() : ".");
}

/// Labels belong to all samples of the input, also when only the first are run.
Status read_labels(const Options& options, std::size_t samples, const driver::PortShape& output, Run& run) {
  if (options.labels.empty()) return {};
  PUDU_TRY_ASSIGN(run.labels, driver::load_labels(options.labels, samples, output));
  return {};
}

Status apply_limit(const Options& options, driver::Samples& samples) {
  if (options.limit.empty()) return {};
  PUDU_TRY_ASSIGN(const std::int64_t limit, parse_count(options.limit, "--limit"));
  samples.resize(std::min(samples.size(), static_cast<std::size_t>(limit)));
  return {};
}
Status apply_limit(const Options& options, driver::SampleStream& samples) {
  if (options.limit.empty()) return {};
  PUDU_TRY_ASSIGN(const std::int64_t limit, parse_count(options.limit, "--limit"));
  samples.limit(static_cast<std::size_t>(limit));
  return {};
}

/// A board takes all inputs in one file.
Result<driver::Samples> read_all(const driver::SampleStream& stream) {
  driver::Samples samples;
  for (std::size_t i = 0; i < stream.count(); ++i) {
    PUDU_TRY_ASSIGN(std::vector<base::Array> sample, stream.read(i));
    samples.push_back(std::move(sample));
  }
  return samples;
}

Result<Run> run_artifact(const Options& options, base::ProgressListener& progress) {
  PUDU_TRY_ASSIGN(const driver::Artifact artifact, driver::read_artifact(options.artifact));
  PUDU_TRY(check_output(options, artifact.program.outputs.size()));
  const std::vector<driver::PortShape> ports = driver::input_shapes(artifact.program);
  PUDU_TRY_ASSIGN(driver::SampleStream samples, driver::SampleStream::open(paths(options.inputs), ports));
  Run run;
  PUDU_TRY(read_labels(options, samples.count(), driver::first_output(artifact.program), run));
  PUDU_TRY(apply_limit(options, samples));
  if (options.on == "qemu") {
    PUDU_TRY_ASSIGN(const driver::Samples all, read_all(samples));
    PUDU_TRY_ASSIGN(run.outcome, driver::run_on_board(artifact, all,
                                                      {options.board, options.work_dir, options.target,
                                                       options.cmsis_nn_root, states_of(options)},
                                                      progress));
  } else {
    PUDU_TRY_ASSIGN(run.outcome, driver::run_on_host(artifact, samples, progress, states_of(options)));
  }
  run.warnings = driver::input_warnings(artifact.program, run.outcome.inputs);
  run.sizes = Sizes{artifact.memory.arena_bytes, driver::constant_bytes(artifact.program), artifact.memory.state_bytes};
  if (!options.raw) dequantize_outputs(artifact.program, run.outcome);
  return run;
}

Result<Run> run_executorch_program(const Options& options) {
  PUDU_TRY_ASSIGN(const driver::ExecutorchProgram program, driver::read_executorch_program(options.artifact));
  PUDU_TRY(check_output(options, program.outputs.size()));
  PUDU_TRY_ASSIGN(driver::Samples samples, driver::load_executorch_samples(program, paths(options.inputs)));
  Run run;
  PUDU_TRY(read_labels(options, samples.size(), program.outputs.front().shape, run));
  PUDU_TRY(apply_limit(options, samples));
  PUDU_TRY_ASSIGN(
      driver::ExecutorchOutcome outcome,
      driver::run_on_executorch(
          program, samples,
          {options.profile ? driver::OperatorProfile::On : driver::OperatorProfile::Off, options.etdump, {}}));
  if (!options.raw) driver::dequantize_outputs(program, outcome);
  run.outcome.outputs = std::move(outcome.outputs);
  run.executorch = std::move(outcome);
  return run;
}

Result<Run> run_float_model(const Options& options, base::ProgressListener& progress) {
  if (options.on != "host") {
    return usage_error({.where = "--on",
                        .found = "'" + options.on + "' with a float model",
                        .allowed = "a compiled folder: a .pt2 file runs on the host only"});
  }
  PUDU_TRY_ASSIGN(const ir::Graph graph, driver::read_model(options.artifact, std::nullopt));
  if (driver::is_quantized(graph)) {
    return usage_error({.file = options.artifact,
                        .found = "is an int8 model, which runs as it is compiled",
                        .allowed = "a compiled folder, or a float model",
                        .hint = "pudu compile " + options.artifact + " --target cortex-m55 -o out"});
  }
  PUDU_TRY(check_output(options, graph.outputs.size()));
  PUDU_TRY_ASSIGN(driver::SampleStream samples, driver::open_float_samples(graph, paths(options.inputs)));
  Run run;
  PUDU_TRY(read_labels(options, samples.count(), driver::first_output(graph), run));
  PUDU_TRY(apply_limit(options, samples));
  PUDU_TRY_ASSIGN(run.outcome, driver::run_float(graph, samples, progress, states_of(options)));
  return run;
}

/// One array: .npy. Several outputs, or a name ending in .npz: .npz with out0, out1, ...
Status write_outputs(const Options& options, const driver::RunOutcome& outcome) {
  const std::size_t ports = outcome.outputs.front().size();
  frontends::NamedArrays arrays;
  for (std::size_t port = 0; port < ports; ++port) {
    std::vector<base::Array> samples;
    for (const std::vector<base::Array>& sample : outcome.outputs) samples.push_back(sample[port]);
    arrays["out" + std::to_string(port)] = driver::stack(samples);
  }
  const std::filesystem::path file = options.output;
  std::error_code code;  // what cannot be made cannot be written to, which says why
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), code);
  if (file.extension() == ".npz") return frontends::write_npz(file, arrays);
  return base::write_npy(file, arrays.at("out0"));
}

std::string device_summary(const driver::DeviceFigures& device) {
  const auto [least, most] = std::minmax_element(device.instructions.begin(), device.instructions.end());
  std::string count = with_thousands(*least);
  if (*least != *most) count += " to " + with_thousands(*most);
  return fmt::format(
      "  board         {} (QEMU), code for {}\n  instructions  {} per inference (executed instructions, not cycles)\n"
      "  flash         {} bytes (code {}, weights and tables {})\n  RAM           {} bytes static, {} bytes of stack",
      device.board, device.cpu, count, with_thousands(device.sizes.flash_bytes()),
      with_thousands(device.sizes.code_bytes), with_thousands(device.sizes.constants_bytes + device.sizes.data_bytes),
      with_thousands(device.sizes.ram_bytes()), with_thousands(device.stack_bytes));
}

std::string device_json(const driver::DeviceFigures& device) {
  return fmt::format(
      ", \"cpu\": \"{}\", \"board\": \"{}\", \"instructions\": [{}], \"code_bytes\": {}, \"constants_bytes\": {}, "
      "\"static_ram_bytes\": {}, \"stack_bytes\": {}",
      device.cpu, device.board, fmt::join(device.instructions, ", "), device.sizes.code_bytes,
      device.sizes.constants_bytes + device.sizes.data_bytes, device.sizes.ram_bytes(), device.stack_bytes);
}

/// A board has told flash and RAM of the firmware.
std::string sizes_lines(const Sizes& sizes, const driver::RunOutcome& outcome, const Options& options) {
  std::vector<std::string> lines;
  if (!outcome.device) {
    lines.push_back(fmt::format("  arena         {} bytes of RAM", with_thousands(sizes.arena_bytes)));
    lines.push_back(fmt::format("  weights       {} bytes of flash", with_thousands(sizes.constants_bytes)));
  }
  if (sizes.state_bytes > 0) {
    lines.push_back(fmt::format(
        "  state         {} bytes, {}", with_thousands(sizes.state_bytes),
        options.reset_each_sample ? "reset before each sample" : "kept from sample to sample: they are one sequence"));
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::string sizes_json(const Sizes& sizes, const driver::RunOutcome& outcome) {
  std::string text = fmt::format(", \"arena_bytes\": {}", sizes.arena_bytes);
  if (!outcome.device) text += fmt::format(", \"constants_bytes\": {}", sizes.constants_bytes);
  if (sizes.state_bytes > 0) text += fmt::format(", \"state_bytes\": {}", sizes.state_bytes);
  return text;
}

Result<Run> run_at_place(const Options& options, base::ProgressListener& progress) {
  if (options.on == "executorch") return run_executorch_program(options);
  return is_model_file(options.artifact) ? run_float_model(options, progress) : run_artifact(options, progress);
}

Status run(Options options, const OutputOptions& output) {
  if (options.on.empty()) options.on = driver::is_executorch_program(options.artifact) ? "executorch" : "host";
  PUDU_TRY(check_place(options));
  ConsoleProgress progress(output);
  PUDU_TRY_ASSIGN(const Run result, run_at_place(options, progress));
  const driver::RunOutcome& outcome = result.outcome;
  for (const std::string& warning : result.warnings) {
    if (!output.quiet) fmt::print(stderr, "warning: {}\n", warning);
  }
  if (!options.output.empty()) PUDU_TRY(write_outputs(options, outcome));
  const std::size_t samples = outcome.outputs.size();
  std::string json = fmt::format("{{\"samples\": {}", samples);
  say(output, fmt::format("{} sample{}", samples, samples == 1 ? "" : "s"));
  if (!options.labels.empty()) {
    const std::size_t correct = driver::count_correct(outcome.outputs, result.labels);
    const double percent = 100.0 * static_cast<double>(correct) / static_cast<double>(samples);
    say(output, fmt::format("  accuracy      {:.2f} % ({} of {})", percent, correct, samples));
    json += fmt::format(", \"correct\": {}", correct);
  }
  if (outcome.device) {
    say(output, device_summary(*outcome.device));
    json += device_json(*outcome.device);
  }
  if (result.sizes) {
    const std::string lines = sizes_lines(*result.sizes, outcome, options);
    if (!lines.empty()) say(output, lines);
    json += sizes_json(*result.sizes, outcome);
  }
  if (result.executorch) {
    say(output, profile_lines(*result.executorch));
    json += profile_json(*result.executorch);
    say(output, memory_lines(result.executorch->memory));
    json += ", \"memory\": " + memory_json(result.executorch->memory);
  }
  if (!options.output.empty()) say(output, fmt::format("  written       {}", options.output));
  if (output.json) fmt::print("{}}}\n", json);
  return {};
}

}  // namespace

Action add_run(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("run", description);
  command
      ->add_option("ARTIFACT", options->artifact,
                   "a compiled folder, a .pte program, or a .pt2 or float .tflite file for the network itself")
      ->required();
  add_repeatable(*command, "--input", options->inputs,
                 "samples: .npy (give it once per input) or .npz; float32, or codes of the input's type, int8 or int16")
      ->required();
  command->add_option("--output", options->output, "where the outputs go: .npy, or .npz for several outputs");
  command->add_option("--labels", options->labels, "class numbers (.npy): prints the accuracy");
  command->add_option(
      "--on", options->on,
      "host (simulator), qemu (emulated board) or executorch (stock runtime) [host; executorch for .pte]");
  command->add_option("--target", options->target,
                      "CPU to emulate, for a model compiled with --target any [cortex-m55]");
  command->add_option("--board", options->board, "emulated board instead of the target's own");
  command->add_option("--work-dir", options->work_dir, "keep the firmware here, so that the next run builds less");
  command->add_option("--cmsis-nn-root", options->cmsis_nn_root,
                      "folder of CMSIS-NN for a model compiled with --kernels cmsis-nn [environment CMSIS_NN_ROOT]");
  command->add_option("--limit", options->limit, "run only the first samples");
  command->add_flag("--reset-each-sample", options->reset_each_sample,
                    "of a model that keeps state: start each sample anew, instead of running one sequence");
  command->add_flag("--raw", options->raw, "write the codes as they are");
  command->add_flag("--profile", options->profile, "of a .pte program: print the time of each operator");
  command->add_option("--etdump", options->etdump, "of a .pte program: write ExecuTorch's profile to this file");
  return [options](const OutputOptions& output) { return run(*options, output); };
}

}  // namespace pudu::tools
