// `--weights`: which layers store weights of 4 bits.
#pragma once

#include <string>

#include "base/result.hpp"
#include "driver/compile.hpp"

namespace pudu::tools {

/// "int8", "int4", or "int4:NAME,...". Usage errors name what cannot go with it: kernels of CMSIS-NN, any CPU.
Status apply_weight_options(const std::string& weights, driver::CompileOptions& result);

}  // namespace pudu::tools
