// Cross-layer equalization: the channels of a value are brought to similar ranges before the value gets one scale.
//
// What a layer's output channel is divided by, the layers that read it multiply their weights with: the float network
// stays the same, as long as everything between is positively homogeneous (relu, sums of values scaled alike, pooling,
// padding with zeros). A bound such as relu6's is not, so values behind one are left alone; so are ports of the model
// and whatever else reads or writes them. Sums join their operands and result into one group, which is scaled alike:
// residual connections. Depthwise layers have one scale per channel anyway and take any factor for free; layers that
// mix channels lose resolution where their inputs differ, so half of the spread (in logarithms) is left to them.
// (Nagel et al., Data-Free Quantization through Weight Equalization and Bias Correction, 2019; the exponent as in Xiao
// et al., SmoothQuant, 2023.) Limits: no channel is enlarged more than 32 times beside the largest one, since a channel
// that was quiet in the calibration samples may not stay so.
#pragma once

#include <span>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "quantizer/calibrate.hpp"

namespace pudu::quantizer {

/// How much was done.
struct Equalization {
  std::size_t groups = 0;    ///< of values that are scaled alike
  std::size_t channels = 0;  ///< that changed
};

/// Scales weights and biases of a float graph. Errors of the float references.
Result<Equalization> equalize(ir::Graph& graph, std::span<const Sample> samples);

}  // namespace pudu::quantizer
