// Choices of the quantizer, as the command line offers them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pudu::quantizer {

/// How the range of an activation is chosen from its calibration data.
enum class RangeMethod : std::uint8_t {
  MinMax,      ///< everything seen fits
  Histogram,   ///< the clipped range with the least mean squared error, from a histogram of the data
  Percentile,  ///< all but the outermost 0.01 % of what was seen
  Entropy,     ///< the clipped range whose codes are distributed most like the data (least Kullback-Leibler divergence)
  Auto,        ///< for each value the one of those that disturbs the operators behind it least (range_choice.hpp)
};

/// Whether biases take back the shift that rounding causes (bias_correction.hpp).
enum class BiasCorrection : std::uint8_t { None, Sequential };

/// Whether channels are brought to similar ranges before they are quantized together (equalization.hpp).
enum class ChannelScaling : std::uint8_t { AsTrained, Equalized };

/// What the compiled model's caller passes and receives.
enum class IoType : std::uint8_t { Int8, Float32 };

/// Scales of the weights of linear layers.
enum class LinearWeights : std::uint8_t {
  Adaptive,    ///< one for each output channel, unless one for all costs no more than 1 dB
  PerChannel,  ///< one for each output channel in any case
  PerTensor,   ///< one for all: smallest, and what ExecuTorch's quantizer does
};

/// How weights become integers once their scales are chosen.
enum class WeightRounding : std::uint8_t {
  Nearest,   ///< each by itself
  Adaptive,  ///< so that the layer's outputs come closest to the float network's (adaptive_rounding.hpp)
};

/// Values are chosen to be int16, by what they gain on calibration samples.
struct Int16Search {
  std::optional<std::size_t> most = {};    ///< at most so many values; empty: any number
  std::optional<double> accuracy_db = {};  ///< as few as reach this signal-to-noise ratio; empty: as many as allowed
};

struct QuantizerOptions {
  RangeMethod range_method = RangeMethod::Histogram;
  WeightRounding weight_rounding = WeightRounding::Nearest;
  BiasCorrection bias_correction = BiasCorrection::Sequential;
  ChannelScaling channel_scaling = ChannelScaling::AsTrained;
  IoType io = IoType::Int8;
  LinearWeights linear_weights = LinearWeights::Adaptive;
  std::vector<std::string> keep_float = {};  ///< nodes and operators that stay float32 (float_islands.hpp)
  std::vector<std::string> int16 = {};       ///< nodes, inputs and operators whose values are int16 (int16.hpp)
  std::optional<Int16Search> int16_search = {};
  /// Layers whose weights get 4 bits (int4.hpp); an empty list: all that can.
  std::optional<std::vector<std::string>> int4_weights = {};
};

}  // namespace pudu::quantizer
