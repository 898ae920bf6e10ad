// The values that a suggestion of `--int16` names: those whose int8 codes cost the outputs most.
#pragma once

#include <string>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "driver/compile.hpp"

namespace pudu::driver {

/// Up to `count` values, the one that deserves 16 bits most first, beside those that the options name. Measured on the
/// calibration samples. None where the options choose by themselves.
Result<std::vector<std::string>> values_worth_int16(const CompileOptions& options, std::size_t count,
                                                    base::ProgressListener& progress);

}  // namespace pudu::driver
