// Layers prepared for MVE; the order of their weights is that of their headers.
#include "host_kernels/unpack.hpp"

namespace pudu::host_kernels {
namespace {

std::size_t size_of(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

}  // namespace

Unpacked unpack(const kernels::Conv2dMveS8Params& p, const kernels::Conv2dMveS8Operands& operands) {
  using Kernel = kernels::Conv2dMveS8;
  LayerConstants result{{}, ChannelScaling(ScalingForm::General, p.output_channels)};
  set_output(p, result.scaling);
  result.weights.resize(size_of(p.output_channels) * size_of(Kernel::taps(p)));
  for (std::int32_t i = 0; i < 2 * Kernel::pairs(p); ++i) {
    const std::int32_t channel = Kernel::first_channel(p, i / 2) + i % 2;
    const std::int32_t* constants = operands.constants + 8 * (i / 2);
    if (constants[6] != p.output_offset) return std::nullopt;
    result.scaling.set_general(channel, constants[3 * (i % 2)], constants[3 * (i % 2) + 1], constants[3 * (i % 2) + 2]);
    const std::int8_t* from = operands.weights + i / 2 * Kernel::pair_bytes(p) + i % 2 * 16;
    std::int8_t* to = result.weights.data() + size_of(channel) * size_of(Kernel::taps(p));
    for (std::int32_t ky = 0; ky < p.kernel_h; ++ky) {
      for (std::int32_t kx = 0; kx < p.kernel_w; ++kx) {
        for (std::int32_t c = 0; c < p.input_channels; ++c) {
          *to++ = from[kernels::conv2d_mve::weight_index(p, ky, kx, c)];
        }
      }
    }
  }
  return result;
}

Unpacked unpack(const kernels::DepthwiseConv2dMveS8Params& p, const kernels::DepthwiseConv2dMveS8Operands& operands) {
  using namespace kernels::depthwise_conv2d_mve;
  LayerConstants result{{}, ChannelScaling(ScalingForm::General, p.channels)};
  set_output(p, result.scaling);
  result.weights.resize(size_of(p.kernel_h * p.kernel_w) * size_of(p.channels));
  for (std::int32_t channel = 0; channel < p.channels; ++channel) {
    const std::int32_t* constants = operands.constants + 4 * channel;
    if (constants[2] != p.output_offset) return std::nullopt;
    result.scaling.set_general(channel, constants[0], constants[1], constants[3]);
    const std::int8_t* from = operands.weights + first_weight(p.kernel_h) + weight_bytes(p.kernel_h) * channel;
    for (std::int32_t tap = 0; tap < p.kernel_h * p.kernel_w; ++tap) {
      const std::int32_t ky = tap / p.kernel_w, kx = tap % p.kernel_w, bytes = position_bytes(p.kernel_h);
      result.weights[size_of(tap * p.channels + channel)] = from[p.slide_down != 0 ? bytes * ky + kx : bytes * kx + ky];
    }
  }
  return result;
}

Unpacked unpack(const kernels::LinearMveS8Params& p, const kernels::LinearMveS8Operands& operands) {
  using Kernel = kernels::LinearMveS8;
  LayerConstants result{{}, ChannelScaling(ScalingForm::General, p.output_features)};
  set_output(p, result.scaling);
  result.weights.resize(size_of(p.output_features) * size_of(p.input_features));
  for (std::int32_t i = 0; i < 4 * Kernel::groups(p); ++i) {
    const std::int32_t group = i / 4, row = i % 4, output = Kernel::first_output(p, group) + row;
    const std::int32_t* constants = operands.constants + 12 * group + row;
    result.scaling.set_general(output, constants[0], constants[4], constants[8]);
    const std::int8_t* from = operands.weights + group * Kernel::units(p) * 64 + 16 * row;
    for (std::int32_t k = 0; k < p.input_features; ++k) {
      result.weights[size_of(output) * size_of(p.input_features) + size_of(k)] = from[k / 16 * 64 + k % 16];
    }
  }
  return result;
}

}  // namespace pudu::host_kernels
