// What a kernel call reads and writes, against the buffers it is bound to: kernels take their parameters on trust.
#pragma once

#include "base/result.hpp"
#include "ops/kernel_binding.hpp"
#include "program/program.hpp"

namespace pudu::ops {

/// Every parameter is in its range (no division by 0, no position beyond 32 bits) and every operand has at least the
/// elements that the kernel touches. The call has all of the kernel's parameters and operands. InvalidInput if not.
Status check_bounds(const program::Program& program, const program::KernelCall& call, const KernelBinding& kernel);

/// Whether a kernel of that name is among Pudu's own.
bool is_own_kernel(std::string_view name);

}  // namespace pudu::ops
