#include "frontends/pt2/assertions.hpp"

#include <algorithm>
#include <array>

namespace pudu::frontends {
namespace {

constexpr std::array assertion_targets = {std::string_view("torch.ops.aten._assert"),
                                          std::string_view("torch.ops.aten.sym_constrain_range")};

}  // namespace

std::span<const std::string_view> assertion_prefixes() {
  return assertion_targets;
}

bool is_assertion(std::string_view target) {
  return std::any_of(assertion_targets.begin(), assertion_targets.end(),
                     [&](std::string_view prefix) { return target.starts_with(prefix); });
}

}  // namespace pudu::frontends
