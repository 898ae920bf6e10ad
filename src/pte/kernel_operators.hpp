// The operators that only Pudu's library has (kernels/operator_kernels.hpp) in a program: their schemas, made from the
// kernels' descriptions, and what the kernels demand of a call.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "kernels/kernel.hpp"
#include "pte/operators.hpp"
#include "pte/program.hpp"

namespace pudu::pte {

inline constexpr std::string_view own_operator_prefix = "pudu::";
/// Is it an operator that a stock ExecuTorch runtime does not have?
inline bool is_own_operator(std::string_view name) {
  return name.starts_with(own_operator_prefix);
}

/// "pudu::argmax_s8" of "argmax_s8".
inline std::string own_operator_name(std::string_view kernel) {
  return std::string(own_operator_prefix) + std::string(kernel);
}

/// "pudu::argmax_s8", ...
std::vector<Schema> kernel_operator_schemas();

struct CallFault {
  std::string found, allowed;
};
/// The first fault of a call whose arguments have the kinds of its schema: an element type, a parameter out of its
/// range, a tensor smaller than what the kernel touches. None for an operator of others.
std::optional<CallFault> find_kernel_fault(const Plan& plan, const KernelCall& call, const Schema& schema);

/// Scratch that the kernel of such an operator needs; 0 for an operator of others. find_kernel_fault has found nothing.
std::size_t kernel_scratch_bytes(const Plan& plan, const KernelCall& call, const Schema& schema, kernels::Isa isa);

}  // namespace pudu::pte
