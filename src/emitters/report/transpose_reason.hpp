// Why a transpose is left in a program: what the exported model fixes, or two operators that want different orders.
#pragma once

#include <string>

#include "program/program.hpp"

namespace pudu::emitters {

/// One sentence without a full stop. `call` is a call of `program`.
std::string transpose_reason(const program::Program& program, const program::KernelCall& call);

}  // namespace pudu::emitters
