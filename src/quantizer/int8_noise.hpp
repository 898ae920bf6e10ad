// How much it costs that one activation is int8 while everything else stays float: which values deserve 16 bits.
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "quantizer/calibrate.hpp"

namespace pudu::quantizer {

/// Sums over all elements of all outputs of all samples.
struct OutputNoise {
  double signal = 0;          ///< sum of the float network's outputs squared
  std::vector<double> noise;  ///< by value of the request: sum of squared differences when that value alone is int8
};

/// Runs the float graph, which `ranges` was measured on, with each of `values` rounded to its int8 parameters in turn;
/// only what depends on the value is computed again. States have their initial values.
Result<OutputNoise> measure_int8_noise(const ir::Graph& graph, const Ranges& ranges,
                                       std::span<const ir::ValueId> values, std::span<const Sample> samples,
                                       const CalibrationProgress& progress = {});

}  // namespace pudu::quantizer
