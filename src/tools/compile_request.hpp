// What `pudu compile` checks, for the command and for Python.
#pragma once

#include <string>

#include "base/result.hpp"
#include "emitters/pte/pte_emitter.hpp"

namespace pudu::tools {

/// "nhwc" or "classic". Usage otherwise.
Result<emitters::PteOperators> parse_pte_operators(const std::string& text);

/// InvalidInput: an ExecuTorch program where a network is wanted.
Error refuse_program(const std::string& file);

}  // namespace pudu::tools
