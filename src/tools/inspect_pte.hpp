// pudu inspect FILE.pte: an ExecuTorch program, whoever made it.
#pragma once

#include <string>

#include "base/result.hpp"
#include "tools/console.hpp"

namespace pudu::tools {

enum class InspectForm { Summary, Text };

/// Prints the program; with --json, everything as one object.
Status inspect_pte(const std::string& file, InspectForm form, const OutputOptions& output);

}  // namespace pudu::tools
