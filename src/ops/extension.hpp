// Operators from outside of Pudu's sources: they join the registry before anything asks it.
// docs/howto/custom-operator.md shows one; driver/extension.hpp is what such an operator is given by.
#pragma once

#include <span>
#include <string_view>

#include "base/result.hpp"
#include "ops/bounds.hpp"
#include "ops/op_definition.hpp"

namespace pudu::ops {

/// What a call of one kernel touches: the parameters in their ranges, and each operand with the elements that the
/// kernel reads or writes (Bounds::require and Bounds::touches). Kernels take their parameters on trust, from files,
/// too.
struct AddedKernelCheck {
  std::string_view kernel;  ///< KernelBinding::name
  void (*check)(Bounds& bounds, const program::KernelCall& call) = nullptr;
};

/// Adds an operator whose definition lives as long as the program. InvalidInput: its name, or that of one of its
/// kernels, is taken; a kernel has no check; the registry was asked before. Not from several threads.
Status add_operator(const OpDefinition& definition, std::span<const AddedKernelCheck> checks);

/// The parameters of a call as its kernel's Params, for AddedKernelCheck.
template <class Kernel>
typename Kernel::Params params_of(const program::KernelCall& call) {
  return detail::to_params<typename Kernel::Params>(call.parameters);
}

/// What extensions have added.
std::span<const OpDefinition* const> added_operators();
/// The check of an added kernel, or null.
const AddedKernelCheck* find_added_check(std::string_view kernel);
/// From now on nothing can be added: the registry has been built.
void close_extensions();

}  // namespace pudu::ops
