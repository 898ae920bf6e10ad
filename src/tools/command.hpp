// A command of the command line: a file each, listed in main.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "passes/pass_manager.hpp"
#include "tools/console.hpp"
#include "tools/model_options.hpp"

namespace pudu::tools {

/// What a command does when it is chosen; the options were bound before.
using Action = std::function<Status(const OutputOptions&)>;

/// Each adds a subcommand to `app` and says what it does.
Action add_compile(CLI::App& app);
Action add_run(CLI::App& app);
Action add_analyze(CLI::App& app);
Action add_bench(CLI::App& app);
Action add_estimate(CLI::App& app);
Action add_inspect(CLI::App& app);
Action add_kernels(CLI::App& app);
Action add_scratch(CLI::App& app);
Action add_targets(CLI::App& app);
Action add_validate(CLI::App& app);

/// An option that takes one value each time it is given, so that what follows it may be the next argument of the
/// command.
CLI::Option* add_repeatable(CLI::App& command, const std::string& name, std::vector<std::string>& values,
                            const std::string& help);

void add_model_options(CLI::App& command, ModelOptions& options);

/// Whether a command makes up calibration data when none are given.
enum class CalibrationPolicy : std::uint8_t { Required, Synthetic };

/// Does what --print-passes and --stop-after ask for, with which a command ends; empty when neither is given. Usage
/// error when no MODEL is given and one is necessary.
std::optional<Status> end_early(const std::string& command, const ModelOptions& options, CalibrationPolicy calibration,
                                const OutputOptions& output);

}  // namespace pudu::tools
