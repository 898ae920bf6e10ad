// What weights of 4 bits cost and save, measured: the network is quantized with and without them.
#pragma once

#include <cstddef>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "driver/compile.hpp"

namespace pudu::driver {

struct Int4Cost {
  std::size_t layers = 0;
  std::size_t saved_bytes = 0;  ///< of flash, against weights of 8 bits
  std::size_t samples = 0;      ///< of calibration, that the two ratios are measured on
  double sqnr_db = 0;           ///< of all outputs
  double int8_sqnr_db = 0;
};

/// Of options with int4_weights and calibration data; at most 16 of the samples are run.
Result<Int4Cost> int4_cost(const CompileOptions& options, base::ProgressListener& progress);

}  // namespace pudu::driver
