// pudu compile: the whole pipeline, from a model file to a folder of C++, an ExecuTorch program, or both.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "driver/artifact.hpp"
#include "driver/frontends.hpp"
#include "driver/int4_cost.hpp"
#include "driver/output_folder.hpp"
#include "driver/plan_pte.hpp"
#include "driver/pte_artifact.hpp"
#include "driver/pte_report.hpp"
#include "tools/any_cost_table.hpp"
#include "tools/command.hpp"
#include "tools/compile_request.hpp"
#include "tools/report_table.hpp"

namespace pudu::tools {
namespace {

struct Options {
  ModelOptions model;
  std::optional<std::string> output;
  std::string emit;  ///< empty: what the output's name says
  std::string pte_operators = "nhwc";
  bool quantize = false;
};

/// What is written, and where.
struct Outputs {
  bool cpp = false;      ///< sources in a folder
  bool arduino = false;  ///< in the form of an Arduino library
  std::optional<std::filesystem::path> pte;
  emitters::PteOperators pte_operators = emitters::PteOperators::Nhwc;
};

constexpr const char* description =
    "Compile a network for one Cortex-M, to C++ or to an ExecuTorch program\n\n"
    "  pudu compile model.pt2 --target cortex-m55 --calibration samples.npy -o out\n"
    "  pudu compile model.pt2 --target m4 --calibration samples.npy --ram 256K --flash 1M -o out\n"
    "  pudu compile model.pt2 --target any --calibration samples.npy -o out     runs on every Cortex-M\n"
    "  pudu compile model.tflite --target cortex-m55 -o out     int8 already: bit-exact with TensorFlow Lite\n"
    "  pudu compile model.pt2 --target cortex-m55 --calibration samples.npy -o model.pte     for ExecuTorch\n"
    "  pudu compile model.pt2 --target any --calibration samples.npy --emit arduino -o out     a library for "
    "Arduino\n\n"
    "out/ holds model.hpp, model.cpp, CMakeLists.txt, the kernels it calls, report.html and report.json.\n"
    "model.cpp refuses to build with kernels of another ABI, kernels that want more scratch, or flags of another "
    "ISA.\n";

Status check_emit(const std::string& emit) {
  for (const char* known : {"", "cpp", "pte", "cpp,pte", "pte,cpp", "arduino"}) {
    if (emit == known) return {};
  }
  return usage_error({.where = "--emit", .found = "'" + emit + "'", .allowed = "cpp, pte, cpp,pte or arduino"});
}

Status check_kernels(const Options& options) {
  if (options.emit != "arduino" || options.model.kernels == "builtin") return {};
  return usage_error({.where = "--kernels",
                      .found = "'" + options.model.kernels + "' for an Arduino library",
                      .allowed = "builtin: the library carries its kernels"});
}

Result<Outputs> outputs_of(const Options& options) {
  Outputs outputs;
  PUDU_TRY_ASSIGN(outputs.pte_operators, parse_pte_operators(options.pte_operators));
  PUDU_TRY(check_emit(options.emit));
  PUDU_TRY(check_kernels(options));
  if (!options.output) {
    return usage_error({.where = "compile", .found = "--output is required", .hint = "see `pudu compile --help`"});
  }
  if (options.output->empty()) {
    return usage_error({.where = "--output", .found = "''", .allowed = "a folder, or a file NAME.pte"});
  }
  const std::filesystem::path path = *options.output;
  const bool is_pte = path.extension() == ".pte" || path.filename() == ".pte";
  outputs.cpp = options.emit.empty() ? !is_pte : options.emit != "pte";
  outputs.arduino = options.emit == "arduino";
  if (outputs.cpp && is_pte) {
    return usage_error({.where = "--emit",
                        .found = "'" + options.emit + "' into the file '" + *options.output + "'",
                        .allowed = "a folder for C++",
                        .hint = "-o FOLDER --emit cpp,pte writes FOLDER/" + std::string(driver::pte_file) + ", too"});
  }
  if (is_pte) outputs.pte = path;
  if (!is_pte && options.emit.find("pte") != std::string::npos) outputs.pte = path / driver::pte_file;
  return outputs;
}

/// --quantize is what ExecuTorch's aot_arm_compiler is called with: it takes noise when there is nothing else.
CalibrationPolicy calibration_policy(const Options& options) {
  return options.quantize ? CalibrationPolicy::Synthetic : CalibrationPolicy::Required;
}

void warn_of_noise(const OutputOptions& output) {
  if (output.quiet) return;
  fmt::print(stderr,
             "warning: --quantize without --calibration: activation ranges come from one sample of random noise, as "
             "with aot_arm_compiler.\n"
             "         Sizes and speed are those of the real program, its accuracy is not.\n"
             "hint: --calibration samples.npy with a few typical inputs on the first axis\n");
}

/// Operators that stay float32: what they cost, and why they are there.
void print_float_parts(const OutputOptions& output, const emitters::Report& report) {
  if (report.float_parts.empty()) return;
  std::int64_t macs = 0;
  std::size_t bytes = 0;
  for (const emitters::ReportFloatPart& part : report.float_parts) {
    macs += part.macs;
    bytes += part.weights_bytes;
  }
  const double share = report.macs > 0 ? 100.0 * static_cast<double>(macs) / static_cast<double>(report.macs) : 0.0;
  say(output, fmt::format("  float    {} operator(s) stay float32: {} bytes of weights, {:.1f} % of the work",
                          report.float_parts.size(), with_thousands(bytes), share));
  for (const emitters::ReportFloatPart& part : report.float_parts) {
    say(output, fmt::format("             {} ({}): {}", part.name, part.op, part.reason));
  }
}

/// Values of 16 bits, and what they are worth where they were chosen by it.
void print_int16(const OutputOptions& output, const emitters::Report& report) {
  if (!report.int16) return;
  const emitters::ReportInt16& int16 = *report.int16;
  std::string text = int16.values.empty() ? "none needed" : fmt::format("{}", fmt::join(int16.values, ", "));
  if (int16.sqnr_db && int16.values.empty()) {
    text += fmt::format(": {:.1f} dB on {} held-out calibration samples", *int16.sqnr_db, *int16.held_out_samples);
  } else if (int16.sqnr_db) {
    text += fmt::format(": {:.1f} dB on {} held-out calibration samples, {:.1f} dB without", *int16.sqnr_db,
                        *int16.held_out_samples, *int16.int8_sqnr_db);
  }
  say(output, "  int16    " + text);
}

/// What weights of 4 bits save and cost; nothing without calibration data to measure it on.
Status print_int4(const driver::CompileOptions& options, const OutputOptions& output,
                  base::ProgressListener& progress) {
  if (!options.quantizer.int4_weights || options.calibration.empty() || output.quiet || output.json) return {};
  PUDU_TRY_ASSIGN(const driver::Int4Cost cost, driver::int4_cost(options, progress));
  say(output,
      fmt::format("  int4     {:>12} bytes less for the weights of {} layer{}; outputs {:.1f} dB, {:.1f} dB with "
                  "int8, on {} calibration sample{}",
                  with_thousands(cost.saved_bytes), cost.layers, cost.layers == 1 ? "" : "s", cost.sqnr_db,
                  cost.int8_sqnr_db, cost.samples, cost.samples == 1 ? "" : "s"));
  return {};
}

void print_sizes(const OutputOptions& output, const emitters::Report& report) {
  say(output, fmt::format("{} for {} (ISA {})", report.model, report.cpu, report.isa));
  say(output,
      fmt::format("  arena    {:>12} bytes ({})", with_thousands(report.arena_bytes), lower_bound_text(report)));
  say(output, fmt::format("  weights  {:>12} bytes", with_thousands(report.weights_bytes)));
  say(output, fmt::format("  work     {:>12} multiply-accumulates in {} kernel calls",
                          with_thousands(static_cast<std::uint64_t>(report.macs)), report.layers.size()));
  print_float_parts(output, report);
  print_int16(output, report);
  if (const std::string line = dead_channels_line(report); !line.empty()) say(output, line);
  if (const std::string table = cmsis_nn_table(report); !table.empty()) say(output, table);
  if (!report.exact_targets.empty()) say(output, any_cost_table(report));
  if (!report.transposes.empty()) {
    say(output, fmt::format("  note     {} transpose(s) remain:", report.transposes.size()));
    constexpr std::size_t most_lines = 5;
    for (std::size_t i = 0; i < std::min(report.transposes.size(), most_lines); ++i) {
      say(output, fmt::format("             {}: {}", report.transposes[i], report.transpose_reasons[i]));
    }
    if (report.transposes.size() > most_lines) {
      say(output, fmt::format("             and {} more, in the report", report.transposes.size() - most_lines));
    }
  }
}

void print_pte(const OutputOptions& output, const driver::PteArtifact& artifact, const std::filesystem::path& file) {
  say(output, fmt::format("  program  {:>12} bytes for ExecuTorch, arena {}", with_thousands(artifact.bytes.size()),
                          with_thousands(artifact.model.memory.arena_bytes)));
  if (driver::runs_by_rows(artifact.model.memory)) {
    say(output, fmt::format("  rows     {:>12} steps for {} kernel calls, some of which run a few rows at a time",
                            artifact.model.memory.schedule->steps.size(), artifact.model.program.calls.size()));
  }
  if (artifact.spared_bytes > 0) {
    say(output, fmt::format("  note     scratch is planned for Pudu's operator library; {} bytes more would do for "
                            "CMSIS-NN's kernels, too (--kernels cmsis-nn)",
                            with_thousands(artifact.spared_bytes)));
  }
  if (!artifact.own_operators.empty()) {
    say(output, fmt::format("  note     needs Pudu's operator library, which alone has {}",
                            fmt::join(artifact.own_operators, ", ")));
  }
  say(output, fmt::format("  written  {}", file.string()));
}

/// What is compiled for a .pte alone: whole layers, which the plan of the file replaces; its arena is limited, not
/// theirs.
Status plan_for_program(driver::CompileOptions& options) {
  if (options.plan.feed == driver::Feed::Rows) {
    return usage_error({.where = "--feed",
                        .found = "'rows' for an ExecuTorch program",
                        .allowed = "C++ output: ExecuTorch's runtime takes whole inputs"});
  }
  options.plan.memory = driver::MemoryMode::Layerwise;
  options.ram_bytes.reset();
  return {};
}

driver::FolderContent content_of(const Outputs& outputs) {
  if (outputs.arduino) return driver::FolderContent::Arduino;
  return outputs.pte ? driver::FolderContent::CppAndProgram : driver::FolderContent::Cpp;
}

Status check_writable(const Options& options, const Outputs& outputs) {
  if (outputs.cpp) PUDU_TRY(driver::check_model_folder(*options.output, content_of(outputs)));
  return outputs.pte ? driver::check_output_file(*outputs.pte) : Status();
}

/// The model is refused as a whole: nothing is written when a part cannot be.
Status write(const Options& options, const Outputs& outputs, const driver::CompileOptions& compile_options,
             driver::CompiledModel& model, const OutputOptions& output) {
  ConsoleProgress progress(output);
  std::optional<driver::PteArtifact> pte;
  if (outputs.pte) {
    PUDU_TRY_ASSIGN(pte, driver::make_pte(model, outputs.pte_operators, progress, compile_options.plan));
    PUDU_TRY(driver::check_limits(pte->model, compile_options.ram_bytes, compile_options.flash_bytes));
  }
  const auto emit = outputs.arduino ? driver::emit_arduino : driver::emit;
  Result<emitters::Report> report =
      outputs.cpp ? emit(model, *options.output, progress) : driver::report_of(pte->model);
  PUDU_TRY(report);
  if (pte) PUDU_TRY(driver::write_pte(pte->bytes, *outputs.pte));
  if (output.json) fmt::print("{}", emitters::to_json(*report));
  print_sizes(output, *report);
  if (const std::string line = batch_line(compile_options, *report); !line.empty()) say(output, line);
  PUDU_TRY(print_int4(compile_options, output, progress));
  if (const std::string line = call_order_line(model.reordering); !line.empty()) say(output, line);
  const auto& splits = outputs.cpp ? model.channel_splits : pte->model.channel_splits;
  if (const std::string lines = channel_splits_lines(splits); !lines.empty()) say(output, lines);
  if (outputs.arduino) {
    say(output, fmt::format("  written  {0}/library.properties, src, examples, extras/report.html", *options.output));
  } else if (outputs.cpp) {
    say(output,
        fmt::format("  written  {}/model.hpp, model.cpp, CMakeLists.txt, report.html, report.json", *options.output));
  }
  if (pte) print_pte(output, *pte, *outputs.pte);
  return {};
}

Status run(const Options& options, const OutputOptions& output) {
  const CalibrationPolicy calibration = calibration_policy(options);
  if (std::optional<Status> end = end_early("compile", options.model, calibration, output)) return *end;
  PUDU_TRY_ASSIGN(driver::CompileOptions compile_options, to_compile_options(options.model));
  PUDU_TRY_ASSIGN(const Outputs outputs, outputs_of(options));
  if (driver::is_pte(options.model.model)) return refuse_program(options.model.model);
  bool lacks_samples = options.model.calibration.empty();
  if (lacks_samples) {
    PUDU_TRY_ASSIGN(const bool is_quantized, driver::is_quantized_model(options.model.model));
    lacks_samples = !is_quantized;
  }
  if (lacks_samples && calibration == CalibrationPolicy::Required) return missing_calibration();
  // A .pte has the dialect's layout; limits are those of what is written.
  const driver::CompileOptions requested = compile_options;
  if (!outputs.cpp) {
    compile_options.disabled_passes.emplace_back("prepare");
    PUDU_TRY(plan_for_program(compile_options));
  }
  if (outputs.pte && compile_options.quantizer.int4_weights) {
    return usage_error({.where = "--weights",
                        .found = "'int4' for an ExecuTorch program",
                        .allowed = "C++ output: the operators of a program take weights of 8 bits"});
  }
  if (outputs.pte && !compile_options.memories.empty()) {
    return usage_error({.where = "--memories",
                        .found = "given for an ExecuTorch program",
                        .allowed = "C++ output: the runtime places the memory of a program"});
  }
  PUDU_TRY(check_writable(options, outputs));
  if (lacks_samples) warn_of_noise(output);
  ConsoleProgress progress(output);
  PUDU_TRY_ASSIGN(driver::CompiledModel model, driver::compile(compile_options, progress));
  for (const std::string& warning : model.warnings) {
    if (!output.quiet) fmt::print(stderr, "warning: {}\n", warning);
  }
  Status status = write(options, outputs, requested, model, output);
  if (!status && outputs.pte) return std::move(status).error().in_file(options.model.model);
  return status;
}

}  // namespace

Action add_compile(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compile", description);
  add_model_options(*command, options->model);
  command->add_option("-o,--output", options->output,
                      "folder for the C++ and the report, or NAME.pte for an ExecuTorch program");
  command->add_option("--emit", options->emit, "what to write into a folder: cpp, pte, cpp,pte or arduino [cpp]");
  command
      ->add_option("--pte-operators", options->pte_operators,
                   "operators on images in a .pte: nhwc (ExecuTorch 1.5) or classic (older runtimes, too)")
      ->capture_default_str();
  command->add_flag("--quantize", options->quantize,
                    "as aot_arm_compiler's: without --calibration, ranges come from noise");
  return [options](const OutputOptions& output) { return run(*options, output); };
}

}  // namespace pudu::tools
