// Bytes of scratch that are planned for a kernel call: the worst case over all ISAs of the target and over the kernel
// libraries that may run it. An artifact for CMSIS-NN's kernels runs on ours, too, so it gets the larger of both.
#pragma once

#include <cstddef>
#include <span>

#include "ops/kernel_binding.hpp"
#include "targets/target.hpp"

namespace pudu::ops {

/// What CMSIS-NN's function for the same call asks for on one ISA; 0 where it asks for nothing, or where CMSIS-NN has
/// no such function and the built-in kernel runs. A linear layer counts as the 1x1 convolution that it is called as.
/// Source of the formulas: targets/cmsis_nn_scratch.hpp. INT32_MAX, which no arena holds, where CMSIS-NN has
/// no answer.
std::size_t cmsis_nn_scratch_bytes(const KernelBinding& kernel, std::span<const program::Parameter> parameters,
                                   targets::Isa isa);

std::size_t planned_scratch_bytes(const KernelBinding& kernel, std::span<const program::Parameter> parameters,
                                  const targets::TargetConfig& target);

}  // namespace pudu::ops
