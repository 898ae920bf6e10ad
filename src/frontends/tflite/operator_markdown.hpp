// The part of docs/tflite.md that lists the operators, printed from the reader's table.
#pragma once

#include <string>

namespace pudu::frontends::tflite {

/// The table, from its first line to its last, with a line end.
std::string operator_markdown();

}  // namespace pudu::frontends::tflite
