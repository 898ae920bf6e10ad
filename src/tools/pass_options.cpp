// --print-passes and --stop-after: commands that end before there is a compiled model.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/command.hpp"

namespace pudu::tools {
namespace {

std::vector<std::string> needs_of(const passes::Pass& pass) {
  std::vector<std::string> names;
  for (const passes::Need need : pass.needs) names.emplace_back(passes::to_string(need));
  return names;
}

void print_json(const std::vector<passes::Pass>& selected) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const passes::Pass& pass : selected) {
    const std::string required = passes::why_required(selected, pass.name);
    list.push_back({{"name", pass.name}, {"needs", needs_of(pass)}, {"reason", pass.reason}});
    list.back()["required"] = required.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(required);
  }
  fmt::print("{}\n", list.dump(2));
}

void print_table(const std::vector<passes::Pass>& selected) {
  constexpr const char* row = "{:<29} {:<20} {:<9} {}\n";
  fmt::print(row, "pass", "needs", "optional", "why it stands where it stands");
  for (const passes::Pass& pass : selected) {
    fmt::print(row, pass.name, fmt::format("{}", fmt::join(needs_of(pass), ", ")),
               passes::why_required(selected, pass.name).empty() ? "yes" : "no", pass.reason);
  }
}

void print_json(const driver::StoppedModel& model, const std::string& last_pass) {
  nlohmann::ordered_json result = {{"stopped_after", last_pass}, {"form", model.form}, {"text", model.text}};
  for (const driver::StageTime& stage : model.stages) {
    result["stages"].push_back(
        {{"name", stage.name}, {"seconds", stage.seconds}, {"peak_memory_bytes", stage.peak_memory_bytes}});
  }
  fmt::print("{}\n", result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

Status stop_after(const ModelOptions& options, const driver::CompileOptions& compile_options,
                  const OutputOptions& output) {
  ConsoleProgress progress(output);
  PUDU_TRY_ASSIGN(const driver::StoppedModel model,
                  driver::compile_until(compile_options, *options.stop_after, progress));
  if (output.json) {
    print_json(model, *options.stop_after);
  } else if (options.intermediates.empty()) {
    if (!output.quiet) fmt::print("{}", model.text);
  } else {
    say(output,
        fmt::format("stopped after {}; the {} is in {}", *options.stop_after, model.form, options.intermediates));
  }
  return {};
}

/// What CLI11 says of a missing argument; MODEL is one only when something is compiled.
Error missing_model(const std::string& command) {
  return usage_error({.where = command, .found = "MODEL is required", .hint = "see `pudu " + command + " --help`"});
}

}  // namespace

Error missing_calibration() {
  return usage_error({.where = "--calibration",
                      .found = "no calibration data",
                      .allowed = "a few typical inputs, preprocessed as in training",
                      .hint = "numpy.save(\"samples.npy\", inputs) with samples on the first axis; "
                              "`pudu analyze` needs none"});
}

std::optional<Status> end_early(const std::string& command, const ModelOptions& options, CalibrationPolicy calibration,
                                const OutputOptions& output) {
  if (!options.print_passes && options.model.empty()) return missing_model(command);
  if (!options.print_passes && !options.stop_after) return std::nullopt;
  Result<driver::CompileOptions> compile_options = to_compile_options(options);
  if (!compile_options) return std::move(compile_options).error();
  const Result<std::vector<passes::Pass>> selected = driver::selected_passes(*compile_options, options.stop_after);
  if (!selected) return selected.error();
  if (options.print_passes) {
    if (output.json)
      print_json(*selected);
    else if (!output.quiet)
      print_table(*selected);
    return Status();
  }
  if (calibration == CalibrationPolicy::Required && options.calibration.empty() &&
      passes::any_needs(*selected, passes::Need::Calibration)) {
    return missing_calibration();
  }
  return stop_after(options, *compile_options, output);
}

}  // namespace pudu::tools
