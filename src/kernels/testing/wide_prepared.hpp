// Tests only: random layers of 16-bit codes that kernels prepared for the DSP extension have constants for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/conv2d_dsp_s16/prepare.hpp"
#include "kernels/depthwise_conv2d_dsp_s16/prepare.hpp"
#include "kernels/linear_dsp_s16/prepare.hpp"
#include "kernels/testing/code_layers.hpp"
#include "kernels/wide_layers.hpp"

namespace pudu::kernels::testing {

/// Channels within the limits of wide_fit.hpp: their shifts, now and then one at either end, and small biases; some
/// have no scale.
template <class Kernel>
ChannelParameters preparable_channels(Random& random, std::int32_t channels, std::int32_t taps) {
  constexpr std::int32_t k = wide_sum_shift<typename Kernel::Input>;
  constexpr std::int32_t last = (sizeof(typename Kernel::Output) == 1 ? -9 : -1) + k, first = last - 16;
  ChannelParameters result = random_channels_of<Kernel>(random, channels, taps);
  for (std::size_t c = 0; c < result.shifts.size(); ++c) {
    result.bias[c] %= 1 << (random.one_in(4) ? 25 : 16);
    result.shifts[c] = std::clamp(result.shifts[c], first, last);
    if (random.one_in(8)) result.shifts[c] = random.one_in(2) ? first : last;
    if (random.one_in(40)) result.multipliers[c] = 0;
  }
  return result;
}

/// Bounds that the prepared kernels have a form for.
template <class Output>
Clamp preparable_bounds(Random& random) {
  if (sizeof(Output) == 1) return {-128, 127};
  switch (random.between(0, 2)) {
    case 0:
      return {-32768, 32767};
    case 1:
      return {0, 32767};
    default:
      return {0, random.between(0, 32767)};
  }
}

/// What prepared convolutions have of a layer, whatever their channels: images, stride, padding.
template <class Base, class Params>
void describe_image(const Base& p, std::int32_t weight_bits, Params& params) {
  params.batches = p.batches;
  params.input_h = p.input_h, params.input_w = p.input_w;
  params.output_h = p.output_h, params.output_w = p.output_w;
  params.stride_h = p.stride_h, params.stride_w = p.stride_w;
  params.pad_top = p.pad_top, params.pad_left = p.pad_left, params.pad_value = -p.input_offset;
  params.weight_bits = weight_bits;
}

/// A convolution for one kernel in the dialect's layout and for the prepared one.
template <class Kernel>
struct PreparedWideConv2d {
  typename Kernel::Params params{};
  std::vector<std::uint8_t> weights;
  std::vector<WideConstants> constants;
  bool has_constants = false;

  PreparedWideConv2d(const WideConv2dParams<typename Kernel::Input, typename Kernel::Output>& p,
                     const std::int8_t* codes, const ChannelParameters& channels, std::int32_t weight_bits,
                     std::int32_t strip_positions) {
    describe_image(p, weight_bits, params);
    params.input_channels = p.input_channels, params.output_channels = p.output_channels;
    params.kernel_h = p.kernel_h, params.kernel_w = p.kernel_w;
    params.strip_positions = strip_positions;
    params.pads_image = Conv2dDspS8::is_better_padded(Kernel::windows(params)) ? 1 : 0;
    constants.resize(static_cast<std::size_t>(2 * Conv2dDspS8::channel_pairs(Kernel::windows(params))));
    const conv2d_dsp::Layer layer{codes, channels.bias.data(), channels.multipliers.data(), channels.shifts.data()};
    const WideRange range{p.input_offset, p.output_offset, p.output_min, p.output_max};
    has_constants = wide_conv2d_dsp::fit_constants<Kernel>(layer, range, params, constants.data());
    weights.resize(conv2d_dsp::packed_weight_bytes(Kernel::windows(params)));
    wide_conv2d_dsp::pack_weights<Kernel>(params, codes, weights.data());
  }
};

/// The same of a depthwise convolution of 3x3.
template <class Kernel>
struct PreparedWideDepthwise {
  typename Kernel::Params params{};
  std::vector<std::int8_t> weights;
  std::vector<WideConstants> constants;
  bool has_constants = false;

  PreparedWideDepthwise(const WideDepthwiseConv2dParams<typename Kernel::Input, typename Kernel::Output>& p,
                        const std::int8_t* codes, const ChannelParameters& channels, std::int32_t weight_bits,
                        std::int32_t slide_down) {
    describe_image(p, weight_bits, params);
    params.channels = p.input_channels, params.slide_down = slide_down;
    const DepthwiseConv2dDspS8Params windows = Kernel::windows(params);
    constants.resize(static_cast<std::size_t>(4 * DepthwiseConv2dDspS8::groups(windows)));
    const wide_depthwise_conv2d_dsp::Layer layer{codes, channels.bias.data(), channels.multipliers.data(),
                                                 channels.shifts.data()};
    const WideRange range{p.input_offset, p.output_offset, p.output_min, p.output_max};
    has_constants = wide_depthwise_conv2d_dsp::fit_constants<Kernel>(layer, range, params, constants.data());
    weights.resize(depthwise_conv2d_dsp::packed_weight_bytes(windows));
    depthwise_conv2d_dsp::pack_weights(windows, codes, weights.data());
  }
};

/// The same of a linear layer.
template <class Kernel>
struct PreparedWideLinear {
  typename Kernel::Params params{};
  std::vector<std::uint8_t> weights;
  std::vector<std::int32_t> constants;
  bool has_constants = false;

  PreparedWideLinear(const WideLinearParams<typename Kernel::Input, typename Kernel::Output>& p,
                     const std::int8_t* codes, const ChannelParameters& channels, std::int32_t weight_bits) {
    params.batches = p.batches;
    params.input_features = p.input_features, params.output_features = p.output_features;
    params.weight_bits = weight_bits;
    constants.resize(wide_linear_dsp::constant_words(p.output_features));
    const wide_linear_dsp::Layer layer{codes, channels.bias.data(), channels.multipliers.data(),
                                       channels.shifts.data()};
    const WideRange range{p.input_offset, p.output_offset, p.output_min, p.output_max};
    has_constants = wide_linear_dsp::fit_constants<Kernel>(layer, range, params, constants.data());
    weights.resize(wide_linear_dsp::packed_weight_bytes<Kernel>(params));
    wide_linear_dsp::pack_weights<Kernel>(params, codes, weights.data());
  }
};

}  // namespace pudu::kernels::testing
