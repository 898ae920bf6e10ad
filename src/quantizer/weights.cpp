#include "quantizer/weights.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace pudu::quantizer {
namespace {

constexpr double largest_bias_code = 1 << 30;  // leaves a bit for the sum of products

/// Channel of each element of a contiguous tensor along `axis`.
class ChannelIndex {
 public:
  ChannelIndex(const ir::Shape& shape, std::int32_t axis) : channels_(shape[static_cast<std::size_t>(axis)]) {
    for (std::size_t dim = static_cast<std::size_t>(axis) + 1; dim < shape.size(); ++dim) inner_ *= shape[dim];
  }
  std::size_t operator()(std::size_t element) const {
    return (element / static_cast<std::size_t>(inner_)) % static_cast<std::size_t>(channels_);
  }
  std::size_t channels() const { return static_cast<std::size_t>(channels_); }

 private:
  std::int64_t channels_;
  std::int64_t inner_ = 1;
};

template <class T>
std::vector<std::byte> to_bytes(const std::vector<T>& values) {
  std::vector<std::byte> bytes(values.size() * sizeof(T));
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

double round_to_code(double value, double low, double high) {
  return std::clamp(std::nearbyint(value), low, high);
}

}  // namespace

namespace {

/// Most weights per channel for which other scales are tried: beyond, every scale rounds equally well on average.
constexpr std::size_t largest_searched_channel = 512;

/// Rounds to the nearest integer, ties to even, for |value| < 2^22; unlike std::nearbyint it vectorizes.
float round_small(float value) {
  constexpr float magic = 12582912.0F;  // 1.5 * 2^23
  return (value + magic) - magic;
}

/// One output channel: its weights and how strongly each of them acts.
struct Channel {
  std::vector<float> weights;
  std::vector<float> importance;

  float squared_error(float scale, float largest_code) const {
    const float inverse = 1.0F / scale;
    float error = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const float code = std::clamp(round_small(weights[i] * inverse), -largest_code, largest_code);
      const float difference = weights[i] - code * scale;
      error += importance[i] * difference * difference;
    }
    return error;
  }
};

/// The best of the scales between 0.85 and 1.06 of `exact`, at which the largest weight is exact; of few codes from 0.4
/// on, since it is better then to clip large weights.
float search_scale(const Channel& channel, float exact, std::int32_t largest_code) {
  const auto largest = static_cast<float>(largest_code);
  float best = exact;
  float least = channel.squared_error(exact, largest);
  for (int step = largest_code < 127 ? -240 : -60; step <= 24; ++step) {
    const float candidate = exact * (1.0F + static_cast<float>(step) / 400.0F);
    const float error = channel.squared_error(candidate, largest);
    if (error < least) {
      least = error;
      best = candidate;
    }
  }
  return best;
}

/// The weights of every output channel. Axis 0 only, where a channel's weights stand one behind the other.
std::vector<Channel> split_channels(const ir::Value& weight, std::span<const double> input_power) {
  const ir::Shape& shape = weight.type.shape;
  const std::span<const float> data = weight.data<float>();
  const auto channels = static_cast<std::size_t>(shape[0]);
  const std::size_t per_channel = data.size() / channels;
  const auto inputs = static_cast<std::size_t>(shape[1]);
  const std::size_t taps = per_channel / inputs;
  const std::size_t groups = std::max<std::size_t>(1, input_power.size() / inputs);
  std::vector<Channel> result(channels);
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const std::size_t group = channel / std::max<std::size_t>(1, channels / groups);
    const std::span<const float> weights = data.subspan(channel * per_channel, per_channel);
    result[channel].weights.assign(weights.begin(), weights.end());
    for (std::size_t i = 0; i < per_channel; ++i) {
      const bool known = !input_power.empty();
      result[channel].importance.push_back(known ? static_cast<float>(input_power[group * inputs + i / taps]) : 1.0F);
    }
  }
  return result;
}

void search_scales(const ir::Value& weight, const LayerContext& layer, std::vector<float>& scales) {
  const std::size_t per_channel = weight.data<float>().size() / scales.size();
  const bool is_searched = per_channel <= largest_searched_channel || layer.largest_code < 127;
  if (weight.type.shape.size() < 2 || !is_searched) return;
  const std::vector<Channel> channels = split_channels(weight, layer.input_power);
  for (std::size_t i = 0; i < scales.size(); ++i) {
    if (scales[i] > 0) scales[i] = search_scale(channels[i], scales[i], layer.largest_code);
  }
}

/// Products of a channel's codes with inputs of up to 255 steps from their zero point add up to no more than 2^30,
/// which with a bias of 2^30 fits 32 bits: only channels of more than 33,000 weights may need a larger scale for it.
void keep_sums_in_range(std::span<const float> data, const ChannelIndex& channel_of, std::vector<float>& scales) {
  constexpr double largest_code_sum = (1 << 30) / 255.0;
  const std::size_t per_channel = data.size() / scales.size();
  if (per_channel < static_cast<std::size_t>(largest_code_sum / 127.0)) return;
  std::vector<double> sums(scales.size(), 0.0);
  for (std::size_t i = 0; i < data.size(); ++i) sums[channel_of(i)] += std::abs(static_cast<double>(data[i]));
  // Rounding may add half a code to each weight.
  const double halves = 0.5 * static_cast<double>(per_channel);
  for (std::size_t channel = 0; channel < scales.size(); ++channel) {
    const double least = sums[channel] / std::max(1.0, largest_code_sum - halves);
    scales[channel] = std::max(scales[channel], static_cast<float>(least));
  }
}

/// max|w| / largest_code of each channel.
Result<std::vector<float>> exact_scales(const ir::Value& weight, std::int32_t axis, std::int32_t largest_code) {
  const ChannelIndex channel_of(weight.type.shape, axis);
  const std::span<const float> data = weight.data<float>();
  std::vector<float> scales(channel_of.channels(), 0.0F);
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!std::isfinite(data[i])) {
      return invalid_input({.where = weight.name,
                            .found = "element " + std::to_string(i) + " is " + std::to_string(data[i]),
                            .allowed = "finite weights"});
    }
    float& scale = scales[channel_of(i)];
    scale = std::max(scale, std::abs(data[i]) / static_cast<float>(largest_code));
  }
  return scales;
}

/// Gives all channels the largest scale where the noise of rounding (the sum of squared scales) grows by no more than a
/// quarter, 1 dB, or in any case, or never.
void share_scale(std::vector<float>& scales, LinearWeights linear_weights) {
  if (linear_weights == LinearWeights::PerChannel) return;
  constexpr double largest_growth = 1.25;
  double noise = 0.0;
  double largest = 0.0;
  for (const double scale : scales) {
    noise += scale * scale;
    largest = std::max(largest, scale);
  }
  const double shared_noise = largest * largest * static_cast<double>(scales.size());
  const bool is_cheap = shared_noise <= largest_growth * noise;
  if (is_cheap || linear_weights == LinearWeights::PerTensor)
    std::fill(scales.begin(), scales.end(), static_cast<float>(largest));
}

}  // namespace

Result<std::vector<float>> weight_scales(const ir::Value& weight, const LayerContext& layer) {
  PUDU_TRY_ASSIGN(std::vector<float> scales, exact_scales(weight, layer.axis, layer.largest_code));
  if (layer.axis == 0) search_scales(weight, layer, scales);
  for (std::size_t channel = 0; channel < scales.size(); ++channel) {
    const double magnitude = layer.bias.empty() ? 0.0 : std::abs(static_cast<double>(layer.bias[channel]));
    double scale = scales[channel];
    if (!(scale > 1e-30)) {
      scale = std::max(magnitude, static_cast<double>(layer.output_scale)) / layer.input_scale / (1 << 20);
    }
    scale = std::max(scale, magnitude / layer.input_scale / largest_bias_code);
    scales[channel] = static_cast<float>(scale);
  }
  keep_sums_in_range(weight.data<float>(), ChannelIndex(weight.type.shape, layer.axis), scales);
  if (weight.type.shape.size() == 2 && layer.largest_code == 127) share_scale(scales, layer.linear_weights);
  return scales;
}

std::vector<std::byte> quantize_weights(const ir::Value& weight, std::int32_t axis, std::span<const float> scales,
                                        std::int32_t largest_code) {
  const ChannelIndex channel_of(weight.type.shape, axis);
  const std::span<const float> data = weight.data<float>();
  std::vector<std::int8_t> codes(data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const double code = static_cast<double>(data[i]) / scales[channel_of(i)];
    codes[i] = static_cast<std::int8_t>(round_to_code(code, -largest_code, largest_code));
  }
  return to_bytes(codes);
}

std::vector<std::byte> quantize_bias(std::span<const float> bias, float input_scale, std::span<const float> scales) {
  std::vector<std::int32_t> codes(bias.size());
  for (std::size_t channel = 0; channel < bias.size(); ++channel) {
    const double scale = static_cast<double>(input_scale) * scales[channel];
    codes[channel] =
        static_cast<std::int32_t>(round_to_code(bias[channel] / scale, -largest_bias_code, largest_bias_code));
  }
  return to_bytes(codes);
}

namespace {

template <class Code>
std::vector<std::byte> codes_of(std::span<const float> data, const ir::QuantParams& params) {
  std::vector<Code> codes(data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const double code = static_cast<double>(data[i]) / params.scale() + params.zero_point;
    codes[i] = static_cast<Code>(round_to_code(code, params.quant_min, params.quant_max));
  }
  return to_bytes(codes);
}

}  // namespace

std::vector<std::byte> quantize_data(std::span<const float> data, const ir::QuantParams& params) {
  return params.quant_max > INT8_MAX ? codes_of<std::int16_t>(data, params) : codes_of<std::int8_t>(data, params);
}

}  // namespace pudu::quantizer
