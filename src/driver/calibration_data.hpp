// Looks at calibration samples before they are used: what cannot be typical inputs is told, and a sample that would
// spoil every range is left out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ir/graph.hpp"
#include "quantizer/calibrate.hpp"

namespace pudu::driver {

/// Of calibration tensors in memory.
inline constexpr std::size_t most_calibration_bytes = std::size_t{256} << 20;

/// How many of `samples` calibration holds: corrections of weights and biases look at all of them at once, layer by
/// layer. most_calibration_bytes, and at least 16 samples.
std::size_t calibration_count(std::size_t samples, std::size_t sample_bytes);

/// Warnings about the samples of the graph's inputs, and removes samples with a value more than 1000 times as large as
/// the largest of the other samples usually is (such a value would take all codes for itself). No sample is removed of
/// fewer than four, or of a model with states, whose samples are one sequence.
std::vector<std::string> check_calibration(const ir::Graph& graph, std::vector<quantizer::Sample>& samples);

}  // namespace pudu::driver
