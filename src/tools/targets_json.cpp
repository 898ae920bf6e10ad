#include "tools/targets_json.hpp"

#include <fmt/format.h>

#include "targets/target.hpp"

namespace pudu::tools {
namespace {

std::string json_isa_list(targets::Cpu cpu) {
  std::string text;
  for (const targets::Isa isa : targets::supported_isas(cpu)) {
    text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", targets::to_string(isa));
  }
  return "[" + text + "]";
}

}  // namespace

std::string targets_json() {
  std::string rows;
  for (const targets::CpuInfo& cpu : targets::all_cpus()) {
    rows += fmt::format(
        "{}\n  {{\"name\": \"{}\", \"architecture\": \"{}\", \"isas\": {}, \"default_isa\": \"{}\", \"fpu\": {}, "
        "\"compiler_flags\": \"{}\", \"board\": {}}}",
        rows.empty() ? "" : ",", cpu.name, cpu.architecture, json_isa_list(cpu.cpu),
        targets::to_string(targets::resolve_backend(cpu.cpu)), cpu.has_fpu, cpu.compiler_flags,
        cpu.board.empty() ? "null" : fmt::format("\"{}\"", cpu.board));
  }
  return fmt::format("[{}\n]\n", rows);
}

}  // namespace pudu::tools
