// pudu analyze FILE.pte: the report of a program that is compiled already, ExecuTorch's too.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "driver/memory_log.hpp"
#include "driver/pte_report.hpp"
#include "emitters/report/report.hpp"
#include "tools/console.hpp"

namespace pudu::tools {

struct PteAnalysis {
  std::string file;
  std::string isa;     ///< refuse scratch that is too small for it; empty: what the file records
  std::string folder;  ///< report.html and report.json go here; empty: nowhere
  std::optional<std::size_t> ram_bytes, flash_bytes;  ///< limits
};

struct PteFindings {
  emitters::Report report;
  std::vector<driver::MemoryCounter> counters;
  Status fits;  ///< LimitExceeded when the memory pools or the file are larger than the limits allow
};

/// Reads and verifies the program. Errors are those of driver::read_pte; Usage for an unknown ISA.
Result<PteFindings> examine_pte(const PteAnalysis& analysis);
/// report.json with the field `memory`.
std::string findings_json(const PteFindings& findings);

/// Prints what was found. LimitExceeded as in PteFindings::fits.
Status analyze_pte(const PteAnalysis& analysis, const OutputOptions& output);

}  // namespace pudu::tools
