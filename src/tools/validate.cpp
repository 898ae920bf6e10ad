// pudu validate: float against int8 on the user's own samples, layer by layer, and what to do about it.
#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "driver/frontends.hpp"
#include "driver/validate.hpp"
#include "driver/validation_report.hpp"
#include "tools/command.hpp"
#include "tools/validation_table.hpp"

namespace pudu::tools {
namespace {

constexpr const char* description =
    "Compare the quantized network with the float one, layer by layer\n\n"
    "  pudu validate model.pt2 --calibration samples.npy --input images.npy\n"
    "  pudu validate model.pt2 --calibration samples.npy --input images.npy --labels labels.npy\n"
    "  pudu validate model.pt2 --calibration samples.npy --input images.npy --effort max --no-suggestions\n"
    "  pudu validate model.pt2 --calibration samples.npy --input images.npy --report validation.html\n"
    "  pudu validate model.tflite --input images.npy --labels labels.npy     int8 already: against its own numbers\n\n"
    "Runs on the host simulator, whose bytes are the device's. Suggestions are tried on up to 16 of the samples.\n";

struct Options {
  ModelOptions model;
  std::vector<std::string> inputs;
  std::string labels;
  std::string limit;
  std::string report;
  bool no_suggestions = false;
};

Status run(const Options& options, const OutputOptions& output) {
  if (std::optional<Status> end = end_early("validate", options.model, CalibrationPolicy::Required, output))
    return *end;
  if (options.model.calibration.empty()) {
    PUDU_TRY_ASSIGN(const bool is_quantized, driver::is_quantized_model(options.model.model));
    if (!is_quantized) return missing_calibration();
  }
  driver::ValidationOptions validation_options;
  PUDU_TRY_ASSIGN(validation_options.compile, to_compile_options(options.model));
  validation_options.inputs.assign(options.inputs.begin(), options.inputs.end());
  validation_options.labels = options.labels;
  if (!options.limit.empty()) {
    PUDU_TRY_ASSIGN(const std::int64_t limit, parse_count(options.limit, "--limit"));
    validation_options.limit = static_cast<std::size_t>(limit);
  }
  std::optional<driver::ReportPlace> report;
  if (!options.report.empty()) {
    PUDU_TRY_ASSIGN(report, driver::open_report_place(options.report, validation_options.compile));
  }
  ConsoleProgress progress(output);
  PUDU_TRY_ASSIGN(const driver::Validation validation, driver::validate(validation_options, progress));
  if (!output.json && !output.quiet) fmt::print("{}", validation_table(validation, output.verbose));
  std::vector<driver::Suggestion> suggestions;
  if (!options.no_suggestions && validation.reference == driver::Reference::FloatNetwork) {
    PUDU_TRY_ASSIGN(suggestions, driver::suggest(validation_options, validation, suggestion_samples, progress));
    if (!output.json && !output.quiet) fmt::print("{}", suggestion_lines(suggestions));
  }
  if (report) PUDU_TRY(driver::write_validation(*std::move(report), validation, suggestions));
  if (output.json) fmt::print("{}", validation_json(validation, suggestions));
  return {};
}

}  // namespace

Action add_validate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("validate", description);
  add_model_options(*command, options->model);
  add_repeatable(
      *command, "--input", options->inputs,
      "samples to compare on: .npy (give it once per input) or .npz; float32, or codes of an int8 file's input")
      ->required();
  command->add_option("--labels", options->labels, "class numbers (.npy): accuracy and confusion, too");
  command->add_option("--limit", options->limit, "only the first so many samples");
  command->add_option("--report", options->report,
                      "plots: into the report of this folder, which `pudu compile` wrote, or as a page FILE.html");
  command->add_flag("--no-suggestions", options->no_suggestions, "do not try other options");
  return [options](const OutputOptions& output) { return run(*options, output); };
}

}  // namespace pudu::tools
