#include "frontends/tflite/operator_markdown.hpp"

#include <fmt/format.h>

#include "frontends/tflite/operator_table.hpp"

namespace pudu::frontends::tflite {

std::string operator_markdown() {
  std::string text = "| operator | versions | limits |\n|---|---|---|\n";
  for (const OperatorRow* row : all_operator_rows()) {
    text += fmt::format("| `{}` | 1 to {} | {} |\n", row->name, row->newest_version, row->limits);
  }
  return text;
}

}  // namespace pudu::frontends::tflite
