#include "quantizer/weights.hpp"

#include <algorithm>
#include <cmath>
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

Result<std::vector<float>> weight_scales(const ir::Value& weight, std::int32_t axis, std::span<const float> bias,
                                         float input_scale, float output_scale) {
  const ChannelIndex channel_of(weight.type.shape, axis);
  const std::span<const float> data = weight.data<float>();
  std::vector<float> scales(channel_of.channels(), 0.0F);
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (!std::isfinite(data[i])) {
      return invalid_input({.where = weight.name,
                            .found = "element " + std::to_string(i) + " is " + std::to_string(data[i]),
                            .allowed = "finite weights"});
    }
    float& largest = scales[channel_of(i)];
    largest = std::max(largest, std::abs(data[i]));
  }
  for (std::size_t channel = 0; channel < scales.size(); ++channel) {
    const double magnitude = bias.empty() ? 0.0 : std::abs(static_cast<double>(bias[channel]));
    double scale = scales[channel] / 127.0;
    if (!(scale > 1e-30)) scale = std::max(magnitude, static_cast<double>(output_scale)) / input_scale / (1 << 20);
    scale = std::max(scale, magnitude / input_scale / largest_bias_code);
    scales[channel] = static_cast<float>(scale);
  }
  return scales;
}

std::vector<std::byte> quantize_weights(const ir::Value& weight, std::int32_t axis, std::span<const float> scales) {
  const ChannelIndex channel_of(weight.type.shape, axis);
  const std::span<const float> data = weight.data<float>();
  std::vector<std::int8_t> codes(data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const double code = static_cast<double>(data[i]) / scales[channel_of(i)];
    codes[i] = static_cast<std::int8_t>(round_to_code(code, -127, 127));
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

std::vector<std::byte> quantize_data(std::span<const float> data, const ir::QuantParams& params) {
  std::vector<std::int8_t> codes(data.size());
  for (std::size_t i = 0; i < data.size(); ++i) {
    const double code = static_cast<double>(data[i]) / params.scale() + params.zero_point;
    codes[i] = static_cast<std::int8_t>(round_to_code(code, params.quant_min, params.quant_max));
  }
  return to_bytes(codes);
}

}  // namespace pudu::quantizer
