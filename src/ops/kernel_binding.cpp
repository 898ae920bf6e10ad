// Lookup of a call's parameters by field name.
#include "ops/kernel_binding.hpp"

#include <algorithm>
#include <stdexcept>

namespace pudu::ops::detail {

const program::Parameter& parameter_named(std::span<const program::Parameter> parameters, std::string_view name) {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const program::Parameter& parameter) { return parameter.name == name; });
  if (found == parameters.end()) throw std::logic_error("a kernel call lacks the parameter " + std::string(name));
  return *found;
}

}  // namespace pudu::ops::detail
