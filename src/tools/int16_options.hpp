// `--int16` and `--accuracy`: which values get 16 bits.
#pragma once

#include "base/result.hpp"
#include "driver/compile.hpp"
#include "tools/command.hpp"

namespace pudu::tools {

/// Usage errors name the option and what it takes.
Status apply_int16_options(const ModelOptions& options, driver::CompileOptions& result);

}  // namespace pudu::tools
