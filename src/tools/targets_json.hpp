// What `pudu targets --json` prints.
#pragma once

#include <string>

namespace pudu::tools {

/// A list of {"name", "architecture", "isas", "default_isa", "fpu", "compiler_flags", "board"}, one for each CPU.
std::string targets_json();

}  // namespace pudu::tools
