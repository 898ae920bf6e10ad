// A call of a Program becomes one of another kernel, with constants and scratch of its own.
#pragma once

#include "prepare/variant.hpp"
#include "program/program.hpp"

namespace pudu::prepare {

/// `call` is one of the program's. The constants that it read stay in the program.
void replace_call(program::Program& program, program::KernelCall& call, const Candidate& candidate);

/// The same kernel over longer rows (rows.hpp), where it has them; scratch is that of the new parameters.
void lengthen_rows(program::Program& program, program::KernelCall& call);

}  // namespace pudu::prepare
