// Bytes of scratch that are planned for a kernel call: the worst case over all ISAs of the target and over the kernel
// libraries that may run it. An artifact for CMSIS-NN's kernels runs on ours, too, so it gets the larger of both.
#pragma once

#include <cstddef>
#include <span>

#include "ops/kernel_binding.hpp"
#include "targets/target.hpp"

namespace pudu::ops {

/// What CMSIS-NN asks for on one of the target's ISAs: the larger of what its function asks for with the parameters as
/// they are, which is what a .pte's operators call, and with those that the emitted C++ passes (choose_cmsis_nn). 0
/// where it asks for nothing or has no such function. Source of the formulas: targets/cmsis_nn_scratch.hpp. INT32_MAX,
/// which no arena holds, where CMSIS-NN has no answer.
std::size_t cmsis_nn_scratch_bytes(const KernelBinding& kernel, std::span<const program::Parameter> parameters,
                                   const targets::TargetConfig& target, targets::Isa isa);

std::size_t planned_scratch_bytes(const KernelBinding& kernel, std::span<const program::Parameter> parameters,
                                  const targets::TargetConfig& target);

}  // namespace pudu::ops
