#include "ops/extension.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "ops/call_bounds.hpp"

namespace pudu::ops {

#define PUDU_OP(name) #name,
constexpr std::string_view own_operators[] = {
#include "ops/ops.def"
};
#undef PUDU_OP

namespace {

struct Added {
  std::vector<const OpDefinition*> operators;
  std::vector<AddedKernelCheck> checks;
  bool is_closed = false;
};

Added& added() {
  static Added instance;
  return instance;
}

/// Every kernel of a definition, whatever its form.
std::vector<const KernelBinding*> kernels_of(const OpDefinition& definition) {
  std::vector<const KernelBinding*> kernels = definition.kernels;
  for (const auto* form : {&definition.float_kernels, &definition.int16_kernels}) {
    if (*form) kernels.insert(kernels.end(), (*form)->begin(), (*form)->end());
  }
  return kernels;
}

Error taken(const OpDefinition& definition, std::string found) {
  return invalid_input(
      {.where = std::string(definition.name), .found = std::move(found), .allowed = "a name of its own"});
}

bool is_known(std::string_view name) {
  const auto& operators = added().operators;
  return std::find(std::begin(own_operators), std::end(own_operators), name) != std::end(own_operators) ||
         std::any_of(operators.begin(), operators.end(),
                     [&](const OpDefinition* other) { return other->name == name; });
}

}  // namespace

Status add_operator(const OpDefinition& definition, std::span<const AddedKernelCheck> checks) {
  const std::string name(definition.name);
  if (is_known(definition.name)) return taken(definition, "the operator '" + name + "' is known already");
  for (const KernelBinding* kernel : kernels_of(definition)) {
    if (is_own_kernel(kernel->name) || find_added_check(kernel->name) != nullptr) {
      return taken(definition, "the kernel '" + std::string(kernel->name) + "' is known already");
    }
    const auto found = std::find_if(checks.begin(), checks.end(),
                                    [&](const AddedKernelCheck& check) { return check.kernel == kernel->name; });
    if (found == checks.end() || found->check == nullptr) {
      return invalid_input({.where = name,
                            .found = "kernel '" + std::string(kernel->name) + "' without a check",
                            .allowed = "a AddedKernelCheck for each kernel"});
    }
  }
  if (added().is_closed) {
    return invalid_input({.where = name,
                          .found = "an operator that is added after the first graph was made",
                          .allowed = "operators added before anything else"});
  }
  added().operators.push_back(&definition);
  added().checks.insert(added().checks.end(), checks.begin(), checks.end());
  return {};
}

std::span<const OpDefinition* const> added_operators() {
  return added().operators;
}

const AddedKernelCheck* find_added_check(std::string_view kernel) {
  const std::vector<AddedKernelCheck>& checks = added().checks;
  const auto found =
      std::find_if(checks.begin(), checks.end(), [&](const AddedKernelCheck& check) { return check.kernel == kernel; });
  return found == checks.end() ? nullptr : &*found;
}

void close_extensions() {
  added().is_closed = true;
}

}  // namespace pudu::ops
