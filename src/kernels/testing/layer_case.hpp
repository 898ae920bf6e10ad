// Random convolutions and depthwise convolutions with the bytes that the kernels in the dialect's layout give: what
// prepared kernels are compared with.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/testing/prepared.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels::testing {

/// A convolution of one group without dilation.
struct Conv2dShape {
  std::int32_t batches = 1;
  std::int32_t h, w, in, out;
  std::int32_t kh, kw, sh = 1, sw = 1, top = 0, left = 0, bottom = 0, right = 0;
};

inline Conv2dS8Params params_of(const Conv2dShape& s) {
  Conv2dS8Params p{};
  p.batches = s.batches;
  p.input_h = s.h, p.input_w = s.w, p.input_channels = s.in;
  p.output_h = output_extent(s.h, s.top + s.bottom, s.kh, 1, s.sh);
  p.output_w = output_extent(s.w, s.left + s.right, s.kw, 1, s.sw);
  p.output_channels = s.out;
  p.kernel_h = s.kh, p.kernel_w = s.kw, p.groups = 1;
  p.stride_h = s.sh, p.stride_w = s.sw;
  p.pad_top = s.top, p.pad_left = s.left;
  p.dilation_h = p.dilation_w = 1;
  return p;
}

/// A depthwise convolution with a square window.
struct DepthwiseShape {
  std::int32_t batches = 1;
  std::int32_t h, w, channels, stride, top, left, bottom, right;
};

inline DepthwiseConv2dS8Params params_of(const DepthwiseShape& s, std::int32_t kernel) {
  DepthwiseConv2dS8Params p{};
  p.batches = s.batches;
  p.input_h = s.h, p.input_w = s.w, p.input_channels = p.output_channels = s.channels, p.depth_multiplier = 1;
  p.output_h = output_extent(s.h, s.top + s.bottom, kernel, 1, s.stride);
  p.output_w = output_extent(s.w, s.left + s.right, kernel, 1, s.stride);
  p.kernel_h = p.kernel_w = kernel, p.stride_h = p.stride_w = s.stride;
  p.pad_top = s.top, p.pad_left = s.left;
  p.dilation_h = p.dilation_w = 1;
  return p;
}

template <class Params>
struct LayerCase {
  Params p;
  PreparedChannels channels;
  std::vector<std::int8_t> input, weights, expected;
};

/// Random data for the shape of `p`; weights are divided by `weight_divisor`, so that they are as small as trained
/// ones.
template <class Params>
LayerCase<Params> random_case(Params p, std::int32_t taps, Random& random, std::int32_t weight_divisor = 1) {
  LayerCase<Params> layer{p, random_prepared_channels(random, p.output_channels, taps), {}, {}, {}};
  set_requantization(layer.p, layer.channels, random);
  layer.input = random.codes(static_cast<std::size_t>(p.batches * p.input_h * p.input_w * p.input_channels));
  layer.weights = random.codes(static_cast<std::size_t>(p.output_channels * taps));
  for (std::int8_t& weight : layer.weights) weight = static_cast<std::int8_t>(weight / weight_divisor);
  layer.expected.resize(static_cast<std::size_t>(p.batches * p.output_h * p.output_w * p.output_channels));
  return layer;
}

/// What the kernel of the dialect's layout gives.
inline void compute_expected(LayerCase<Conv2dS8Params>& layer) {
  std::vector<std::uint8_t> patch(Conv2dS8::scratch_bytes(layer.p, Isa::Scalar));
  const PreparedChannels& channels = layer.channels;
  Conv2dS8::run(layer.p, {layer.input.data(), layer.weights.data(), channels.bias.data(), channels.multipliers.data(),
                          channels.shifts.data(), layer.expected.data(), patch.data()});
}

inline LayerCase<Conv2dS8Params> random_conv2d(const Conv2dShape& shape, Random& random,
                                               std::int32_t weight_divisor = 1) {
  const Conv2dS8Params p = params_of(shape);
  LayerCase<Conv2dS8Params> layer = random_case(p, p.kernel_h * p.kernel_w * p.input_channels, random, weight_divisor);
  compute_expected(layer);
  return layer;
}

inline LayerCase<DepthwiseConv2dS8Params> random_depthwise(const DepthwiseShape& shape, std::int32_t kernel,
                                                           Random& random) {
  LayerCase<DepthwiseConv2dS8Params> layer = random_case(params_of(shape, kernel), kernel * kernel, random);
  const PreparedChannels& channels = layer.channels;
  DepthwiseConv2dS8::run(layer.p, {layer.input.data(), layer.weights.data(), channels.bias.data(),
                                   channels.multipliers.data(), channels.shifts.data(), layer.expected.data()});
  return layer;
}

}  // namespace pudu::kernels::testing
