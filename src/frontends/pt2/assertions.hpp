// Checks of an exported program on itself. They are left out: sizes are computed by the shape rules here.
#pragma once

#include <span>
#include <string_view>

namespace pudu::frontends {

/// How the targets of nodes begin that only check the program.
std::span<const std::string_view> assertion_prefixes();

/// Does a node with this target only check the program?
bool is_assertion(std::string_view target);

}  // namespace pudu::frontends
