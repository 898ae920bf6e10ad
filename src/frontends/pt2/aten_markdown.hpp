// The part of docs/operators.md about ATen: every operator that the reader translates, printed from its table.
#pragma once

#include <string>

namespace pudu::frontends {

/// Starts with the heading aten_heading, and ends the document.
std::string aten_markdown();

constexpr char aten_heading[] = "## ATen operators\n";

}  // namespace pudu::frontends
