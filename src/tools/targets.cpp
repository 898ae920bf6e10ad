// pudu targets: every CPU with its ISAs, default ISA and emulated board.
#include <fmt/format.h>

#include <memory>

#include "targets/markdown.hpp"
#include "targets/target.hpp"
#include "tools/command.hpp"
#include "tools/targets_json.hpp"

namespace pudu::tools {
namespace {

constexpr const char* description =
    "List every CPU with its ISAs, default ISA and emulated board\n\n"
    "  pudu targets\n"
    "  pudu targets --json\n"
    "  pudu targets --markdown > docs/targets.md\n";

struct Options {
  bool markdown = false;
};

void print_table() {
  constexpr const char* row = "{:<15} {:<15} {:<18} {:<8} {:<4} {}\n";
  fmt::print(row, "CPU", "architecture", "ISAs", "default", "FPU", "emulated by");
  for (const targets::CpuInfo& cpu : targets::all_cpus()) {
    fmt::print(row, cpu.name, cpu.architecture, targets::isa_list(cpu.cpu),
               targets::to_string(targets::resolve_backend(cpu.cpu)), cpu.has_fpu ? "yes" : "no",
               cpu.board.empty() ? "-" : cpu.board);
  }
  fmt::print("any             one artifact for every CPU above, with the memory of the most demanding ISA\n");
}

Status run(const Options& options, const OutputOptions& output) {
  if (options.markdown && output.json) {
    return usage_error({.where = "--markdown", .found = "together with --json", .allowed = "one of the two"});
  }
  if (options.markdown) {
    fmt::print("{}", targets::targets_markdown());
  } else if (output.json) {
    fmt::print("{}", targets_json());
  } else {
    print_table();
  }
  return {};
}

}  // namespace

Action add_targets(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("targets", description);
  command->add_flag("--markdown", options->markdown, "print docs/targets.md");
  return [options](const OutputOptions& output) { return run(*options, output); };
}

}  // namespace pudu::tools
