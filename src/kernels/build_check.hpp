// What a compiled model checks while it is built: that the kernels beside it have the interface it was compiled for,
// and that the compiler builds for an instruction set it was compiled for. All of it is constant: no byte, no cycle.
//
// Limits: the instruction set is told by the compiler's flags, for Arm's M profile only. Elsewhere (a test on a PC)
// nothing is known about it, and everything is allowed.
#pragma once

#include <cstddef>

#include "kernels/kernel.hpp"

namespace pudu::kernels {

/// Version of the interface between compiled models and kernels. Raise it with every change after which a model.cpp of
/// an earlier Pudu would no longer compile, or would compute something else: a field of a kernel's Params or Operands
/// that is added, removed, moved, or means something else; another layout of weights or tables; other names or values
/// in model_api.hpp. A kernel that is new, faster, or asks for other scratch needs no new version: scratch has a check
/// of its own. ops/kernel_abi_test.cpp holds all fields of all kernels against the recorded ones.
inline constexpr int abi_version = 2;

/// True when the compiler builds for a core of Arm's M profile whose instruction set is `isa`.
constexpr bool is_built_for([[maybe_unused]] Isa isa) noexcept {
#if !defined(__ARM_ARCH_PROFILE) || __ARM_ARCH_PROFILE != 'M'
  return false;
#elif defined(__ARM_FEATURE_MVE)
  return isa == Isa::Mve;
#elif defined(__ARM_FEATURE_DSP)
  return isa == Isa::Dsp;
#else
  return isa == Isa::Scalar;
#endif
}

/// The most scratch that a kernel asks for on any of `isas`.
template <class Kernel, std::size_t Count>
constexpr std::size_t largest_scratch_bytes(const typename Kernel::Params& params, const Isa (&isas)[Count]) noexcept {
  std::size_t largest = 0;
  for (const Isa isa : isas) {
    const std::size_t bytes = Kernel::scratch_bytes(params, isa);
    if (bytes > largest) largest = bytes;
  }
  return largest;
}

}  // namespace pudu::kernels
