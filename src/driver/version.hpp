// The version of Pudu, from the build.
#pragma once

#include <string_view>

namespace pudu::driver {

inline constexpr std::string_view version = PUDU_VERSION;

}  // namespace pudu::driver
