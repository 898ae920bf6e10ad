// Each command is a file of its own; this one parses, dispatches and turns errors into exit codes.
#include "tools/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/spelling.hpp"
#include "driver/version.hpp"
#include "tools/command.hpp"

namespace {

using pudu::tools::Action;

constexpr std::array commands = {pudu::tools::add_compile, pudu::tools::add_run,      pudu::tools::add_validate,
                                 pudu::tools::add_analyze, pudu::tools::add_estimate, pudu::tools::add_bench,
                                 pudu::tools::add_inspect, pudu::tools::add_kernels,  pudu::tools::add_scratch,
                                 pudu::tools::add_targets};

constexpr const char* description =
    "Pudu compiles trained networks for Arm Cortex-M microcontrollers.\n\n"
    "  pudu compile model.pt2 --target cortex-m55 --calibration samples.npy -o out\n"
    "  pudu run out --input images.npy --output scores.npy            on the host simulator\n"
    "  pudu run out --input images.npy --on qemu                      on an emulated board, same bits\n"
    "  pudu analyze model.pt2 --target cortex-m4 --ram 256K --flash 1M\n";

void add_output_options(CLI::App& app, pudu::tools::OutputOptions& options) {
  app.add_flag("-q,--quiet", options.quiet, "print nothing but errors");
  app.add_flag("-v,--verbose", options.verbose, "print every step");
  app.add_flag("--json", options.json, "print the result as JSON on standard output");
}

/// The overview has one line for each command; examples stand in the command's own help.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_subcommand(const CLI::App* command) const override {
    const std::string& text = command->get_description();
    std::stringstream out;
    CLI::detail::format_help(out, command->get_name(), text.substr(0, text.find('\n')), get_column_width());
    return out.str();
  }
};

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

/// "did you mean '--calibration'?" for a word that is misspelt or cut short; empty where none is near, and for options
/// of one letter, to which any other is.
std::string nearest(const std::string& word, const std::vector<std::string>& names) {
  if (word.size() <= 2 && word.starts_with("-")) return {};
  const auto longer =
      std::find_if(names.begin(), names.end(), [&](const std::string& name) { return name.starts_with(word); });
  constexpr std::size_t least_length = 4;  // of "--ra"
  if (word.size() >= least_length && longer != names.end()) return "did you mean '" + *longer + "'?";
  const std::vector<std::string_view> views(names.begin(), names.end());
  return pudu::base::did_you_mean(word, views);
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// What to do about a word that is no option or no command.
std::string usage_hint(const std::string& suggestion, const std::string& help) {
  return (suggestion.empty() ? "" : suggestion + " ") + "see `" + help + "`";
}

pudu::Diagnostic unknown_option(const CLI::App& app, const std::string& word) {
  return {.found = "unknown option '" + word + "'", .hint = nearest(word.substr(0, word.find('=')), option_names(app))};
}

/// CLI11's reasons in our words. What is required may be there, but misspelt.
pudu::Diagnostic explain(const CLI::App& command, const CLI::ParseError& error) {
  const std::vector<std::string> extras = command.remaining(true);
  const auto option =
      std::find_if(extras.begin(), extras.end(), [](const std::string& word) { return word.starts_with("-"); });
  const bool lacks_option = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  const bool has_extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  if ((lacks_option || has_extras) && option != extras.end()) return unknown_option(command, *option);
  if (lacks_option) return {.found = error.what()};
  if (has_extras) return {.found = "unexpected argument '" + (extras.empty() ? "" : extras.front()) + "'"};
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string text = error.what();
    return {.found = text.substr(0, text.find(':')) + " without a value"};
  }
  return {.found = error.what()};
}

/// A command line that CLI11 refuses: one line in our form, exit code 1.
int usage_failure(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<const CLI::App*> chosen = app.get_subcommands([](const CLI::App* c) { return c->parsed(); });
  if (!chosen.empty()) {
    pudu::Diagnostic diagnostic = explain(*chosen.front(), error);
    diagnostic.where = chosen.front()->get_name();
    diagnostic.hint = usage_hint(diagnostic.hint, "pudu " + chosen.front()->get_name() + " --help");
    return pudu::tools::report_error(pudu::usage_error(std::move(diagnostic)));
  }
  const std::vector<std::string> extras = app.remaining();
  const std::vector<std::string> commands_there = command_names(app);
  pudu::Diagnostic diagnostic = {.found = "no command"};
  if (!extras.empty() && extras[0].starts_with("-")) {
    diagnostic = unknown_option(app, extras[0]);
  } else if (!extras.empty()) {
    diagnostic = {.found = "unknown command '" + extras[0] + "'", .hint = nearest(extras[0], commands_there)};
  }
  diagnostic.allowed = fmt::format("{}", fmt::join(commands_there, ", "));
  diagnostic.hint = usage_hint(diagnostic.hint, "pudu --help");
  return pudu::tools::report_error(pudu::usage_error(std::move(diagnostic)));
}

int run(int argc, const char* const* argv) {
  CLI::App app(description, "pudu");
  app.set_version_flag("--version", "pudu " + std::string(pudu::driver::version));
  app.formatter(std::make_shared<HelpFormatter>());
  app.require_subcommand(1);
  pudu::tools::OutputOptions output;
  add_output_options(app, output);  // before the command's name as well as behind it
  std::vector<std::pair<CLI::App*, Action>> actions;
  for (const auto add : commands) {
    Action action = add(app);
    actions.emplace_back(app.get_subcommands([](CLI::App*) { return true; }).back(), std::move(action));
    add_output_options(*actions.back().first, output);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& wanted) {
    return app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    return usage_failure(app, error);
  }
  for (const auto& [command, action] : actions) {
    if (!command->parsed()) continue;
    pudu::Status status = action(output);
    if (!status) return pudu::tools::report_error(std::move(status).error());
    // A result that did not arrive is no success: a full disk, a closed pipe.
    if (std::fflush(stdout) != 0) {
      return pudu::tools::report_error(
          pudu::invalid_input({.found = std::string("cannot write to standard output: ") + std::strerror(errno)}));
    }
  }
  return 0;
}

}  // namespace

namespace pudu::tools {

int run_command_line(int argc, const char* const* argv) {
  // Whatever escapes is a defect of Pudu, not of the input: say so instead of crashing.
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    return pudu::tools::report_error(
        pudu::internal_error({.found = "out of memory", .hint = "free memory, or use a machine with more"}));
  } catch (const std::exception& error) {
    return pudu::tools::report_error(pudu::internal_error({.found = std::string("internal error: ") + error.what()}));
  }
}

}  // namespace pudu::tools
