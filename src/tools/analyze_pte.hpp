// pudu analyze FILE.pte: the report of a program that is compiled already, ExecuTorch's too.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "tools/console.hpp"

namespace pudu::tools {

struct PteAnalysis {
  std::string file;
  std::string isa;     ///< refuse scratch that is too small for it; empty: what the file records
  std::string folder;  ///< report.html and report.json go here; empty: nowhere
  std::optional<std::size_t> ram_bytes, flash_bytes;  ///< limits
};

/// LimitExceeded when the memory pools or the file are larger than the limits allow.
Status analyze_pte(const PteAnalysis& analysis, const OutputOptions& output);

}  // namespace pudu::tools
