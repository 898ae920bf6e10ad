// Drift between the program and the runtime: the size of a planned scratch tensor against what the kernel needs.
//
// A program's scratch was sized when it was compiled. ExecuTorch sizes it for CMSIS-NN's kernels, Pudu for its own,
// which never ask for more (docs/scratch.md). Always: too little is refused and said, more is used and noted in one
// line of debug log. With PUDU_ENABLE_RUNTIME_CHECKS the size must be one that a compiler plans for this build's
// instruction set: CMSIS-NN's, or our kernel's own.
#pragma once

#include "kernels/build_check.hpp"
#include "operators/arguments.hpp"
#include "targets/cmsis_nn_scratch_sizes.hpp"

namespace pudu::executorch_ops {

/// The instruction set this library is compiled for; the scalar one where it is not a Cortex-M.
inline constexpr kernels::Isa build_isa = kernels::is_built_for(kernels::Isa::Mve)   ? kernels::Isa::Mve
                                          : kernels::is_built_for(kernels::Isa::Dsp) ? kernels::Isa::Dsp
                                                                                     : kernels::Isa::Scalar;

/// Where the equality of sizes is checked.
#if defined(PUDU_ENABLE_RUNTIME_CHECKS)
inline constexpr bool requires_planned_size = true;
#else
inline constexpr bool requires_planned_size = false;
#endif

/// The scratch tensor `name` of `planned` bytes against `needed`; `cmsis_nn` is what CMSIS-NN's kernel would take.
bool check_scratch(Arguments& arguments, const char* name, const Tensor& scratch, std::size_t needed,
                   targets::cmsis_nn::ScratchSize cmsis_nn) noexcept;

}  // namespace pudu::executorch_ops
