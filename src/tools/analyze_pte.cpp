#include "tools/analyze_pte.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "driver/artifact.hpp"
#include "driver/pte_report.hpp"
#include "targets/target.hpp"
#include "tools/report_table.hpp"

namespace pudu::tools {
namespace {

Status check_limits(const PteAnalysis& analysis, const emitters::Report& report, std::size_t file_bytes) {
  Error error{ErrorKind::LimitExceeded, {}};
  if (analysis.ram_bytes && report.arena_bytes > *analysis.ram_bytes) {
    error.diagnostics.push_back({.where = "memory pools",
                                 .found = with_thousands(report.arena_bytes) + " bytes",
                                 .allowed = "--ram allows " + with_thousands(*analysis.ram_bytes)});
  }
  if (analysis.flash_bytes && file_bytes > *analysis.flash_bytes) {
    error.diagnostics.push_back({.where = "program",
                                 .found = with_thousands(file_bytes) + " bytes of flash",
                                 .allowed = "--flash allows " + with_thousands(*analysis.flash_bytes)});
  }
  if (error.diagnostics.empty()) return {};
  return std::move(error).in_file(analysis.file);
}

}  // namespace

Status analyze_pte(const PteAnalysis& analysis, const OutputOptions& output) {
  pte::ReadOptions options;
  if (!analysis.isa.empty()) {
    options.isa = targets::parse_isa(analysis.isa);
    if (!options.isa) {
      return unsupported({.where = "--isa", .found = "'" + analysis.isa + "'", .allowed = "scalar, dsp or mve"});
    }
  }
  PUDU_TRY_ASSIGN(const driver::PteFile pte, driver::read_pte(analysis.file, options));
  const emitters::Report report =
      driver::report_of(pte.program, std::filesystem::path(analysis.file).filename().string());
  if (output.json) {
    fmt::print("{}", emitters::to_json(report));
  } else if (!output.quiet) {
    print_report_summary(report);
    print_layer_table(report);
  }
  if (!analysis.folder.empty()) {
    PUDU_TRY(driver::write_report(report, analysis.folder));
    say(output, fmt::format("\n  report      {}", (std::filesystem::path(analysis.folder) / "report.html").string()));
  }
  PUDU_TRY(check_limits(analysis, report, pte.program.file_bytes));
  if (analysis.ram_bytes || analysis.flash_bytes) say(output, "\n  it fits");
  return {};
}

}  // namespace pudu::tools
