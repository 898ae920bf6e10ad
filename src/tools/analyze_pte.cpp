#include "tools/analyze_pte.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "driver/artifact.hpp"
#include "driver/pte_report.hpp"
#include "targets/target.hpp"
#include "tools/memory_table.hpp"
#include "tools/report_table.hpp"

namespace pudu::tools {
namespace {

/// As the limits of a model that is compiled here.
std::string in_bytes(std::size_t bytes) {
  return std::to_string(bytes) + " bytes";
}

Status check_limits(const PteAnalysis& analysis, const emitters::Report& report, std::size_t file_bytes) {
  Error error{ErrorKind::LimitExceeded, {}};
  if (analysis.ram_bytes && report.arena_bytes > *analysis.ram_bytes) {
    error.diagnostics.push_back({.where = "memory pools",
                                 .found = in_bytes(report.arena_bytes),
                                 .allowed = "--ram allows " + in_bytes(*analysis.ram_bytes),
                                 .hint = "--ram " + std::to_string(report.arena_bytes) + " is the least that fits"});
  }
  if (analysis.flash_bytes && file_bytes > *analysis.flash_bytes) {
    error.diagnostics.push_back({.where = "program",
                                 .found = in_bytes(file_bytes) + " of flash",
                                 .allowed = "--flash allows " + in_bytes(*analysis.flash_bytes),
                                 .hint = "--flash " + std::to_string(file_bytes) + " is the least that fits"});
  }
  if (error.diagnostics.empty()) return {};
  return std::move(error).in_file(analysis.file);
}

}  // namespace

Result<PteFindings> examine_pte(const PteAnalysis& analysis) {
  pte::ReadOptions options;
  if (!analysis.isa.empty()) {
    options.isa = targets::parse_isa(analysis.isa);
    if (!options.isa) {
      return usage_error({.where = "--isa", .found = "'" + analysis.isa + "'", .allowed = "scalar, dsp or mve"});
    }
  }
  PUDU_TRY_ASSIGN(const driver::PteFile pte, driver::read_pte(analysis.file, options));
  PteFindings findings;
  findings.report = driver::report_of(pte.program, std::filesystem::path(analysis.file).filename().string());
  findings.counters = driver::memory_counters(pte.program);
  findings.fits = check_limits(analysis, findings.report, pte.program.file_bytes);
  return findings;
}

std::string findings_json(const PteFindings& findings) {
  std::string text = emitters::to_json(findings.report);
  text.erase(text.rfind("\n}"));
  return fmt::format("{},\n  \"memory\": {}\n}}\n", text, memory_json(findings.counters));
}

Status analyze_pte(const PteAnalysis& analysis, const OutputOptions& output) {
  PUDU_TRY_ASSIGN(const PteFindings findings, examine_pte(analysis));
  if (output.json) {
    fmt::print("{}", findings_json(findings));
  } else if (!output.quiet) {
    print_report_summary(findings.report);
    print_layer_table(findings.report);
    fmt::print("\n{}\n", memory_lines(findings.counters));
  }
  if (!analysis.folder.empty()) {
    PUDU_TRY(driver::write_report(findings.report, analysis.folder));
    say(output, fmt::format("\n  report      {}", (std::filesystem::path(analysis.folder) / "report.html").string()));
  }
  PUDU_TRY(findings.fits);
  if (analysis.ram_bytes || analysis.flash_bytes) say(output, "\n  it fits");
  return {};
}

}  // namespace pudu::tools
