// How far the output of a call may lie over its input: what the kernel's overlap.hpp says, on every machine that may
// run the call.
#pragma once

#include "kernels/overlap.hpp"
#include "program/program.hpp"
#include "targets/target.hpp"

namespace pudu::ops {

/// For the operands `input` and `output` of a call of Pudu's own kernels; never for kernels without an overlap.hpp. It
/// holds on all ISAs of the target and on the host, where the same sources are compiled as twins.
kernels::Overlap call_overlap(const program::KernelCall& call, const targets::TargetConfig& target);

}  // namespace pudu::ops
