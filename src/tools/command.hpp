// A command of the command line: a file each, listed in main.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "driver/compile.hpp"
#include "passes/pass_manager.hpp"
#include "tools/console.hpp"

namespace pudu::tools {

/// What a command does when it is chosen; the options were bound before.
using Action = std::function<Status(const OutputOptions&)>;

/// Each adds a subcommand to `app` and says what it does.
Action add_compile(CLI::App& app);
Action add_run(CLI::App& app);
Action add_analyze(CLI::App& app);
Action add_bench(CLI::App& app);
Action add_inspect(CLI::App& app);
Action add_scratch(CLI::App& app);
Action add_targets(CLI::App& app);
Action add_validate(CLI::App& app);

/// The options that compile and analyze share, as text.
struct ModelOptions {
  std::string model;
  std::string target = "cortex-m55";
  std::string isa;
  std::string kernels = "builtin";
  std::vector<std::string> calibration;
  std::string io = "int8";
  std::string input_layout;
  std::string effort = "default";
  std::string ranges;
  std::string bias_correction;
  std::string linear_weights;
  std::string optimize = "balanced";
  std::vector<std::string> keep_float;
  std::vector<std::string> int16;  ///< names, lists of them separated by commas, `auto` or `auto:N`
  std::string accuracy;
  std::string intermediates;
  std::string ram;
  std::string flash;
  std::string memories;
  std::string memory = "auto";
  std::string feed = "whole";
  std::string batch;
  std::string jobs;
  std::string plan_time;
  std::vector<std::string> disabled_passes;
  std::optional<std::string> stop_after;
  bool print_passes = false;
};

/// An option that takes one value each time it is given, so that what follows it may be the next argument of the
/// command.
CLI::Option* add_repeatable(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                            const std::string& help);

void add_model_options(CLI::App& command, ModelOptions& options);
/// Sets how many threads the process uses, too.
Result<driver::CompileOptions> to_compile_options(const ModelOptions& options);

/// Whether a command makes up calibration data when none are given.
enum class CalibrationPolicy : std::uint8_t { Required, Synthetic };
Error missing_calibration();

/// Does what --print-passes and --stop-after ask for, with which a command ends; empty when neither is given. Usage
/// error when no MODEL is given and one is necessary.
std::optional<Status> end_early(const std::string& command, const ModelOptions& options, CalibrationPolicy calibration,
                                const OutputOptions& output);

}  // namespace pudu::tools
