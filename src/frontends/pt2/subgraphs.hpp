// Operators that run a part of the model under another setting of PyTorch (autocast, no_grad) hold that part as a
// graph. The settings change nothing here, where all computation is in float32, so the parts take the operators' place.
#pragma once

#include <span>
#include <string_view>

#include "frontends/pt2/exported_program.hpp"

namespace pudu::frontends {

/// Puts the nodes of such parts among the program's own, at any depth. Other operators with graphs stay as they are.
void inline_subgraphs(ExportedProgram& program);

/// Targets of those operators.
std::span<const std::string_view> inlined_operators();

}  // namespace pudu::frontends
