// Ranges of activations: runs the float graph on calibration samples and chooses int8 parameters for every value.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "ops/tensor.hpp"
#include "quantizer/options.hpp"

namespace pudu::quantizer {

/// One calibration sample: a tensor for each model input, in the order of the graph's inputs.
using Sample = std::vector<ops::Tensor>;

/// What calibration tells about every value, by value index.
struct Ranges {
  /// int8 parameters; constants that are not data operands have none.
  std::vector<std::optional<ir::QuantParams>> params;
  /// Largest magnitude that the value or those of its sharing group took; 0 where there are no parameters.
  std::vector<float> magnitudes;
  /// Of inputs of layers with weights, the sum of squares of each channel: only ratios within a value mean something.
  /// Empty where two layers disagree about what the channels are.
  std::vector<std::vector<double>> channel_power;
  /// Mean of each channel in each sample, [sample][channel], of results of layers with weights.
  std::vector<std::vector<std::vector<double>>> channel_means;
};

/// Dimension of a layer's activations that counts its channels, from the ranks of weight and activation: a matrix works
/// on the last one, a convolution on dimension 1.
std::size_t channel_axis(std::size_t weight_rank, std::size_t activation_rank);

/// Called after each sample of each sweep: how many of how many are done.
using CalibrationProgress = std::function<void(std::size_t done, std::size_t total)>;

/// Runs all samples once (twice for histograms), several at a time on all cores. The graph is float, canonical and
/// verified. InvalidInput: no samples, shapes that do not fit, a value that becomes NaN or infinite (names the first
/// such value).
Result<Ranges> calibrate(const ir::Graph& graph, std::span<const Sample> samples, const QuantizerOptions& options,
                         const CalibrationProgress& progress = {});

}  // namespace pudu::quantizer
