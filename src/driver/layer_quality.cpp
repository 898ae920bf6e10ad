#include "driver/layer_quality.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace pudu::driver {

void DistanceSums::add(double reference, double actual) {
  signal += reference * reference;
  noise += (reference - actual) * (reference - actual);
  product += reference * actual;
  power += actual * actual;
}

void DistanceSums::add(const DistanceSums& other) {
  signal += other.signal;
  noise += other.noise;
  product += other.product;
  power += other.power;
}

double DistanceSums::sqnr_db() const {
  constexpr double most = 200.0;
  if (noise == 0) return most;
  if (signal == 0) return 0;
  return std::min(most, 10.0 * std::log10(signal / noise));
}

double DistanceSums::cosine() const {
  if (signal == 0 || power == 0) return signal == power ? 1.0 : 0.0;
  return product / std::sqrt(signal * power);
}

void LayerSums::add(const LayerSums& other) {
  cumulative.add(other.cumulative);
  isolated.add(other.isolated);
  has_isolated = has_isolated || other.has_isolated;
  elements += other.elements;
  saturated += other.saturated;
  lowest_code = std::min(lowest_code, other.lowest_code);
  highest_code = std::max(highest_code, other.highest_code);
}

CodeRange code_range(const program::Buffer& buffer) {
  const double scale = buffer.quantization->scale;
  const double half = buffer.type == program::ElementType::Int16 ? 32768.0 : 128.0;
  const double zero_point = buffer.quantization->zero_point;
  return {(-half - 0.5 - zero_point) * scale, (half - 0.5 - zero_point) * scale};
}

namespace {

/// Of 8 or 16 bits.
std::int32_t code_at(std::span<const std::byte> bytes, std::size_t index, const program::Buffer& buffer) {
  if (buffer.type != program::ElementType::Int16) return std::to_integer<std::int8_t>(bytes[index]);
  std::int16_t code = 0;
  std::memcpy(&code, bytes.data() + index * sizeof(code), sizeof(code));
  return code;
}

}  // namespace

double number_at(std::span<const std::byte> bytes, std::size_t index, const program::Buffer& buffer) {
  if (buffer.type == program::ElementType::Float32) {
    float number = 0;
    std::memcpy(&number, bytes.data() + index * sizeof(float), sizeof(float));
    return number;
  }
  return (static_cast<double>(code_at(bytes, index, buffer)) - buffer.quantization->zero_point) *
         static_cast<double>(buffer.quantization->scale);
}

void add_values(LayerSums& sums, std::span<const float> reference, std::span<const std::byte> bytes,
                const program::Buffer& buffer) {
  for (std::size_t i = 0; i < reference.size(); ++i) {
    sums.cumulative.add(static_cast<double>(reference[i]), number_at(bytes, i, buffer));
  }
  sums.elements += reference.size();
  if (buffer.type != program::ElementType::Int8 && buffer.type != program::ElementType::Int16) return;
  const std::int32_t unit = buffer.type == program::ElementType::Int16 ? 256 : 1;  // of 256 parts of all codes
  const auto [low, high] = code_range(buffer);
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double number = static_cast<double>(reference[i]);
    if (number < low || number > high) ++sums.saturated;
    const std::int32_t code = code_at(bytes, i, buffer) / unit;
    sums.lowest_code = std::min(sums.lowest_code, code);
    sums.highest_code = std::max(sums.highest_code, code);
  }
}

LayerQuality quality_of(const LayerSums& sums) {
  LayerQuality quality;
  quality.sqnr_db = sums.cumulative.sqnr_db();
  quality.isolated_sqnr_db = sums.has_isolated ? sums.isolated.sqnr_db() : std::numeric_limits<double>::quiet_NaN();
  quality.cosine = sums.cumulative.cosine();
  if (sums.elements > 0) {
    quality.saturated_percent = 100.0 * static_cast<double>(sums.saturated) / static_cast<double>(sums.elements);
  }
  quality.range_used_percent = std::max(0, sums.highest_code - sums.lowest_code + 1) * 100.0 / 256.0;
  return quality;
}

}  // namespace pudu::driver
