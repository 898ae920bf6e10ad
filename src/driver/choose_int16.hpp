// Which activations get 16 bits when the user says how many, or how accurate the network is to be (`--int16 auto:N`,
// `--accuracy DB`).
//
// Values are ranked by what it costs the outputs that each of them alone is int8. What a set is worth is measured on
// calibration samples that the network was not quantized with: those it was fitted to look far better than new ones.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/progress.hpp"
#include "base/result.hpp"
#include "driver/compile.hpp"
#include "ir/graph.hpp"
#include "quantizer/calibrate.hpp"
#include "quantizer/int16.hpp"
#include "quantizer/options.hpp"
#include "targets/target.hpp"

namespace pudu::driver {

/// What a choice is made for beside the samples.
struct Int16Request {
  quantizer::QuantizerOptions quantizer;
  targets::TargetConfig target;
  prepare::Optimize optimize = prepare::Optimize::Balanced;
  PlanOptions plan;  ///< with a limit, values whose 16 bits do not fit it are passed over
};

/// Fewest samples that can be divided into some to quantize with and some to measure on.
inline constexpr std::size_t fewest_samples_to_choose = 4;

/// The values to store as int16, those of `request.quantizer.int16` first. `graph` is float and final. InvalidInput:
/// too few samples; LimitExceeded: no set within the limits reaches the accuracy that was asked for.
Result<quantizer::Int16Choice> choose_int16(const ir::Graph& graph, std::span<const quantizer::Sample> samples,
                                            const Int16Request& request, base::ProgressListener& progress);

/// Every value that could be int16, the one whose int8 codes cost the outputs most first, with the signal-to-noise
/// ratio of the outputs when it alone is int8. `ranges` was measured on the graph.
struct RankedValue {
  std::string name;
  double sqnr_db = 0;
};
Result<std::vector<RankedValue>> rank_values(const ir::Graph& graph, const quantizer::Ranges& ranges,
                                             std::span<const quantizer::Sample> samples,
                                             const quantizer::QuantizerOptions& options,
                                             const quantizer::CalibrationProgress& progress);

}  // namespace pudu::driver
