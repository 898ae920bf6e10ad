// Quantization of weights and biases.
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"
#include "quantizer/options.hpp"

namespace pudu::quantizer {

/// What the scales of a layer's weights depend on beside the weights.
struct LayerContext {
  std::int32_t axis = 0;        ///< of the weight: its output channels
  std::span<const float> bias;  ///< empty, or one element per output channel
  float input_scale = 1.0F;
  float output_scale = 1.0F;
  /// Mean square of each input channel on the calibration data (dimension 1 of the weight, times the groups); empty =
  /// all alike.
  std::span<const double> input_power;
  LinearWeights linear_weights = LinearWeights::Adaptive;
  std::int32_t largest_code = 127;  ///< 7 of weights of 4 bits, which never share a scale
};

/// Per-channel scales of a weight. Starting from max|w| / 127, at which the largest weight is exact, scales nearby are
/// tried and the one whose rounding disturbs the output least (squared weight errors, weighted by the mean square of
/// their inputs) wins: with few weights per channel, as in depthwise layers, rounding luck matters. A channel is
/// widened where its bias would not fit 31 bits at input_scale * weight_scale; one without any weight gets a scale at
/// which its bias keeps 20 bits. A channel whose products could add up beyond 2^30 gets a larger scale. The channels of
/// a matrix (linear layers) share one scale where that costs it no more than 1 dB of noise, or where it is asked for:
/// an operator with one multiplier can then be used, and no table of them is stored. InvalidInput: a weight that is NaN
/// or infinite.
Result<std::vector<float>> weight_scales(const ir::Value& weight, const LayerContext& layer);

/// int8 codes round(w / scale), clamped to [-largest_code, largest_code], in the layout of the weight.
std::vector<std::byte> quantize_weights(const ir::Value& weight, std::int32_t axis, std::span<const float> scales,
                                        std::int32_t largest_code = 127);

/// int32 codes round(bias / (input_scale * scale)).
std::vector<std::byte> quantize_bias(std::span<const float> bias, float input_scale, std::span<const float> scales);

/// int8 codes of a constant read as data, or int16 codes where the parameters are those of 16 bits.
std::vector<std::byte> quantize_data(std::span<const float> data, const ir::QuantParams& params);

}  // namespace pudu::quantizer
