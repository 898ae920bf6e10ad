#include "tools/any_cost_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tools/console.hpp"

namespace pudu::tools {

std::string any_cost_table(const emitters::Report& report) {
  if (report.exact_targets.empty()) return {};
  std::string text =
      fmt::format("  {:<22} {:>12} {:>16} {:>14}", "compiled for", "arena, bytes", "largest scratch", "any costs more");
  for (const emitters::ReportIsaCost& exact : report.exact_targets) {
    const auto more = static_cast<std::int64_t>(report.arena_bytes) - static_cast<std::int64_t>(exact.arena_bytes);
    const std::string difference =
        (more < 0 ? "-" : "") + with_thousands(static_cast<std::uint64_t>(more < 0 ? -more : more));
    text += fmt::format("\n  {:<22} {:>12} {:>16} {:>14}", exact.isa + " only", with_thousands(exact.arena_bytes),
                        with_thousands(exact.scratch_bytes), difference);
  }
  std::size_t scratch_bytes = 0;
  for (const emitters::ReportLayer& layer : report.layers) scratch_bytes = std::max(scratch_bytes, layer.scratch_bytes);
  return text + fmt::format("\n  {:<22} {:>12} {:>16}", "any", with_thousands(report.arena_bytes),
                            with_thousands(scratch_bytes));
}

}  // namespace pudu::tools
