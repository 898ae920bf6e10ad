// Quantization of weights and biases.
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "ir/graph.hpp"

namespace pudu::quantizer {

/// Per-channel scales of a weight: max|w| / 127 over the channel, so that the largest weight is exact.
/// A channel is widened where its bias would not fit 31 bits at input_scale * weight_scale; one without any weight gets
/// a scale at which its bias keeps 20 bits. `bias` is empty or has one element per channel. InvalidInput: a weight that
/// is NaN or infinite.
Result<std::vector<float>> weight_scales(const ir::Value& weight, std::int32_t axis, std::span<const float> bias,
                                         float input_scale, float output_scale);

/// int8 codes round(w / scale), clamped to [-127, 127], in the layout of the weight.
std::vector<std::byte> quantize_weights(const ir::Value& weight, std::int32_t axis, std::span<const float> scales);

/// int32 codes round(bias / (input_scale * scale)).
std::vector<std::byte> quantize_bias(std::span<const float> bias, float input_scale, std::span<const float> scales);

/// int8 codes of a constant read as data.
std::vector<std::byte> quantize_data(std::span<const float> data, const ir::QuantParams& params);

}  // namespace pudu::quantizer
