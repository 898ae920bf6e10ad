// pudu targets: every CPU with its ISAs, default ISA and emulated board.
#include <fmt/format.h>

#include "targets/target.hpp"
#include "tools/command.hpp"

namespace pudu::tools {
namespace {

constexpr const char* description =
    "List every CPU with its ISAs, default ISA and emulated board\n\n"
    "  pudu targets\n"
    "  pudu targets --json\n";

std::string isa_list(targets::Cpu cpu) {
  std::string text;
  for (const targets::Isa isa : targets::supported_isas(cpu)) {
    text += (text.empty() ? "" : ", ") + std::string(targets::to_string(isa));
  }
  return text;
}

std::string json_isa_list(targets::Cpu cpu) {
  std::string text;
  for (const targets::Isa isa : targets::supported_isas(cpu)) {
    text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", targets::to_string(isa));
  }
  return "[" + text + "]";
}

Status print_targets(const OutputOptions& output) {
  if (output.json) {
    std::string rows;
    for (const targets::CpuInfo& cpu : targets::all_cpus()) {
      rows += fmt::format(
          "{}\n  {{\"name\": \"{}\", \"architecture\": \"{}\", \"isas\": {}, \"default_isa\": \"{}\", \"fpu\": {}, "
          "\"board\": {}}}",
          rows.empty() ? "" : ",", cpu.name, cpu.architecture, json_isa_list(cpu.cpu),
          targets::to_string(cpu.default_isa), cpu.has_fpu,
          cpu.board.empty() ? "null" : fmt::format("\"{}\"", cpu.board));
    }
    fmt::print("[{}\n]\n", rows);
    return {};
  }
  fmt::print("{:<15} {:<15} {:<18} {:<8} {:<4} {}\n", "CPU", "architecture", "ISAs", "default", "FPU", "emulated by");
  for (const targets::CpuInfo& cpu : targets::all_cpus()) {
    fmt::print("{:<15} {:<15} {:<18} {:<8} {:<4} {}\n", cpu.name, cpu.architecture, isa_list(cpu.cpu),
               targets::to_string(cpu.default_isa), cpu.has_fpu ? "yes" : "no", cpu.board.empty() ? "-" : cpu.board);
  }
  return {};
}

}  // namespace

Action add_targets(CLI::App& app) {
  app.add_subcommand("targets", description);
  return print_targets;
}

}  // namespace pudu::tools
