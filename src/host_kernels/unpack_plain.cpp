// Layers in the dialect's layout.
#include "host_kernels/unpack.hpp"
#include "numerics/requantize.hpp"

namespace pudu::host_kernels {
namespace {

std::size_t size_of(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

/// Sums of weights of each channel, which times the input's offset belong to its bias: all of it wraps.
class WeightSums {
 public:
  explicit WeightSums(std::int32_t channels) : sums_(size_of(channels), 0) {}
  void add(std::int32_t channel, std::int8_t weight) { sums_[size_of(channel)] += static_cast<std::uint32_t>(weight); }
  std::int32_t bias(std::int32_t channel, const std::int32_t* bias, std::int32_t input_offset) const {
    const std::uint32_t start = bias != nullptr ? static_cast<std::uint32_t>(bias[channel]) : 0;
    return static_cast<std::int32_t>(start + static_cast<std::uint32_t>(input_offset) * sums_[size_of(channel)]);
  }

 private:
  std::vector<std::uint32_t> sums_;
};

template <class Params, class Operands>
ChannelScaling scaling_of(const Params& p, const Operands& operands, std::int32_t channels, const WeightSums& sums) {
  ChannelScaling scaling(ScalingForm::General, channels);
  set_output(p, scaling);
  for (std::int32_t channel = 0; channel < channels; ++channel) {
    scaling.set_general(channel, sums.bias(channel, operands.bias, p.input_offset), operands.multipliers[channel],
                        operands.shifts[channel]);
  }
  return scaling;
}

/// [channels, taps].
template <class Params, class Operands>
Unpacked unpack_rows(const Params& p, const Operands& operands, std::int32_t channels, std::int32_t taps) {
  const std::size_t count = size_of(channels) * size_of(taps);
  WeightSums sums(channels);
  for (std::int32_t channel = 0; channel < channels; ++channel) {
    for (std::int32_t tap = 0; tap < taps; ++tap) sums.add(channel, operands.weights[channel * taps + tap]);
  }
  return LayerConstants{{operands.weights, operands.weights + count}, scaling_of(p, operands, channels, sums)};
}

bool is_code(std::int32_t value) {
  return value >= -128 && value <= 127;
}

}  // namespace

Unpacked unpack(const kernels::Conv2dS8Params& p, const kernels::Conv2dS8Operands& operands) {
  if (p.groups != 1 || !is_code(-p.input_offset)) return std::nullopt;
  return unpack_rows(p, operands, p.output_channels, p.kernel_h * p.kernel_w * p.input_channels);
}

Unpacked unpack(const kernels::LinearS8Params& p, const kernels::LinearS8Operands& operands) {
  return unpack_rows(p, operands, p.output_features, p.input_features);
}

Unpacked unpack(const kernels::DepthwiseConv2dS8Params& p, const kernels::DepthwiseConv2dS8Operands& operands) {
  if (p.depth_multiplier != 1 || !is_code(-p.input_offset)) return std::nullopt;
  const std::int32_t channels = p.output_channels, count = p.kernel_h * p.kernel_w * channels;
  WeightSums sums(channels);
  for (std::int32_t i = 0; i < count; ++i) sums.add(i % channels, operands.weights[i]);
  return LayerConstants{{operands.weights, operands.weights + count}, scaling_of(p, operands, channels, sums)};
}

}  // namespace pudu::host_kernels
