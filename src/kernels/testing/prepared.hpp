// Tests only: random channels for prepared kernels, such that every form of requantization occurs; and for each kernel
// of the DSP extension its parameters, weights and constants, by functions that are named alike for all of them.
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/conv2d_winograd_dsp/prepare.hpp"
#include "kernels/conv2d_winograd_rows_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d_dsp/prepare.hpp"
#include "kernels/testing/reference.hpp"

namespace pudu::kernels::testing {

inline constexpr RequantizeForm all_forms[] = {RequantizeForm::General, RequantizeForm::Rounded,
                                               RequantizeForm::Line9,   RequantizeForm::Line11,
                                               RequantizeForm::Line13,  RequantizeForm::Line15};

struct PreparedChannels {
  std::vector<std::int32_t> bias, multipliers, shifts;
  std::int32_t output_offset, activation_min, activation_max;
};

/// Of three layers, one has a fused ReLU, one the whole range around any zero point, one is arbitrary.
inline PreparedChannels random_prepared_channels(Random& random, std::int32_t channels, std::int32_t taps) {
  const std::int32_t kind = random.between(0, 2);
  ChannelParameters arbitrary = random_channels(random, channels, taps);
  PreparedChannels result{arbitrary.bias, arbitrary.multipliers, arbitrary.shifts, random.zero_point(), -128, 127};
  if (kind == 2) {
    const Clamp clamp = random_clamp(random);
    result.activation_min = clamp.low, result.activation_max = clamp.high;
    return result;
  }
  for (std::size_t c = 0; c < result.bias.size(); ++c) {
    result.bias[c] = random.between(-20000, 20000);
    result.multipliers[c] = random.between(1 << 30, INT32_MAX);
    result.shifts[c] = std::clamp(result.shifts[c], -12, -2);
  }
  if (kind == 0) result.output_offset = -128;
  return result;
}

/// A random zero point of the input, and what the channels say of the output.
template <class Params>
void set_requantization(Params& p, const PreparedChannels& channels, Random& random) {
  p.input_offset = -random.zero_point(), p.output_offset = channels.output_offset;
  p.activation_min = channels.activation_min, p.activation_max = channels.activation_max;
}

/// The prepared kernel's parameters of a convolution.
inline Conv2dDspS8Params prepared_params(const Conv2dS8Params& p, RequantizeForm form, std::int32_t weight_bits,
                                         std::int32_t strip_positions) {
  Conv2dDspS8Params result{p.batches,
                           p.input_h,
                           p.input_w,
                           p.input_channels,
                           p.output_h,
                           p.output_w,
                           p.output_channels,
                           p.kernel_h,
                           p.kernel_w,
                           p.stride_h,
                           p.stride_w,
                           p.pad_top,
                           p.pad_left,
                           -p.input_offset,
                           weight_bits,
                           strip_positions,
                           static_cast<std::int32_t>(form),
                           0,
                           p.output_offset,
                           p.activation_min,
                           p.activation_max,
                           0};
  result.pads_image = Conv2dDspS8::is_better_padded(result) ? 1 : 0;
  return result;
}

/// What both kernels by Winograd's transforms are told.
template <class Params>
Params winograd_base(const Conv2dS8Params& p, RequantizeForm form) {
  Params result{};
  result.batches = p.batches, result.input_h = p.input_h, result.input_w = p.input_w;
  result.input_channels = p.input_channels;
  result.output_h = p.output_h, result.output_w = p.output_w, result.output_channels = p.output_channels;
  result.pad_top = p.pad_top, result.pad_left = p.pad_left, result.pad_value = -p.input_offset;
  result.form = static_cast<std::int32_t>(form);
  result.output_offset = p.output_offset;
  result.activation_min = p.activation_min, result.activation_max = p.activation_max;
  return result;
}

/// The same by Winograd's transforms.
inline Conv2dWinogradDspS8Params winograd_params(const Conv2dS8Params& p, RequantizeForm form, std::int32_t weight_bits,
                                                 std::int32_t strip_pairs) {
  auto result = winograd_base<Conv2dWinogradDspS8Params>(p, form);
  result.weight_bits = weight_bits, result.strip_pairs = weight_bits == 16 ? 1 : strip_pairs;
  return result;
}

/// The same by Winograd's transform along rows.
inline Conv2dWinogradRowsDspS8Params winograd_rows_params(const Conv2dS8Params& p, RequantizeForm form) {
  return winograd_base<Conv2dWinogradRowsDspS8Params>(p, form);
}

/// The same of a depthwise convolution.
inline DepthwiseConv2dDspS8Params prepared_params(const DepthwiseConv2dS8Params& p, RequantizeForm form,
                                                  bool slides_down, std::int32_t weight_bits = 8) {
  return {p.batches,
          p.input_h,
          p.input_w,
          p.input_channels,
          p.output_h,
          p.output_w,
          p.stride_h,
          p.stride_w,
          p.pad_top,
          p.pad_left,
          -p.input_offset,
          slides_down ? 1 : 0,
          weight_bits,
          static_cast<std::int32_t>(form),
          0};
}

/// The same of a 5x5 one.
inline DepthwiseConv2d5x5DspS8Params prepared_5x5_params(const DepthwiseConv2dS8Params& p, RequantizeForm form) {
  return {p.batches,  p.input_h,  p.input_w, p.input_channels, p.output_h,      p.output_w,
          p.stride_h, p.stride_w, p.pad_top, p.pad_left,       -p.input_offset, static_cast<std::int32_t>(form),
          0};
}

inline std::vector<std::uint8_t> bytes_of(const std::vector<std::int16_t>& values) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(values.data());
  return {bytes, bytes + values.size() * sizeof values[0]};
}

/// The weights of the dialect's kernel as the kernel of `p` wants them.
inline std::vector<std::uint8_t> packed_weights(const Conv2dDspS8Params& p, const std::int8_t* weights) {
  std::vector<std::uint8_t> packed(conv2d_dsp::packed_weight_bytes(p));
  conv2d_dsp::pack_weights(p, weights, packed.data());
  return packed;
}
inline std::vector<std::uint8_t> packed_weights(const Conv2dWinogradDspS8Params& p, const std::int8_t* weights) {
  std::vector<std::uint8_t> codes(conv2d_winograd_dsp::code_bytes(p));
  conv2d_winograd_dsp::pack_codes(p, weights, codes.data());
  if (p.weight_bits == 8) return codes;
  std::vector<std::int16_t> transformed(conv2d_winograd_dsp::packed_weight_bytes(p) / 2);
  conv2d_winograd_dsp::transform_codes(p, codes.data(), transformed.data());
  return bytes_of(transformed);
}
inline std::vector<std::uint8_t> packed_weights(const Conv2dWinogradRowsDspS8Params& p, const std::int8_t* weights) {
  std::vector<std::int16_t> transformed(conv2d_winograd_rows_dsp::packed_weight_bytes(p) / 2);
  conv2d_winograd_rows_dsp::pack_weights(p, weights, transformed.data());
  return bytes_of(transformed);
}
inline std::vector<std::int8_t> packed_weights(const DepthwiseConv2dDspS8Params& p, const std::int8_t* weights) {
  std::vector<std::int8_t> packed(depthwise_conv2d_dsp::packed_weight_bytes(p));
  depthwise_conv2d_dsp::pack_weights(p, weights, packed.data());
  return packed;
}
inline std::vector<std::int8_t> packed_weights(const DepthwiseConv2d5x5DspS8Params& p, const std::int8_t* weights) {
  std::vector<std::int8_t> packed(100 * static_cast<std::size_t>(DepthwiseConv2d5x5DspS8::groups(p)));
  depthwise_conv2d_5x5_dsp::pack_weights(p, weights, packed.data());
  return packed;
}

/// `count` constants that `fit` writes; none where it says that the channels do not have the form.
template <class Fit>
std::vector<ChannelConstants> constants_of_fit(std::int32_t count, Fit fit) {
  std::vector<ChannelConstants> constants(static_cast<std::size_t>(count));
  if (!fit(constants.data())) constants.clear();
  return constants;
}
inline conv2d_dsp::Layer layer_of(const std::vector<std::int8_t>& weights, const PreparedChannels& c) {
  return {weights.data(), c.bias.data(), c.multipliers.data(), c.shifts.data()};
}
inline depthwise_conv2d_dsp::Layer depthwise_layer_of(const std::vector<std::int8_t>& weights,
                                                      const PreparedChannels& c) {
  return {weights.data(),  c.bias.data(),    c.multipliers.data(), c.shifts.data(),
          c.output_offset, c.activation_min, c.activation_max};
}

/// Constants of all channels in the form of `p`, whose counts of channels in another form are set, too. None where a
/// channel does not have the form, or the kernel.
inline std::vector<ChannelConstants> fitted_constants(const std::vector<std::int8_t>& weights,
                                                      const PreparedChannels& channels, Conv2dDspS8Params& p) {
  return constants_of_fit(2 * Conv2dDspS8::channel_pairs(p), [&](ChannelConstants* to) {
    return conv2d_dsp::fit_constants(layer_of(weights, channels), p, to);
  });
}
inline std::vector<ChannelConstants> fitted_constants(const std::vector<std::int8_t>& weights,
                                                      const PreparedChannels& channels, Conv2dWinogradDspS8Params& p) {
  return constants_of_fit(2 * Conv2dWinogradDspS8::channel_pairs(p), [&](ChannelConstants* to) {
    return conv2d_winograd_dsp::fit_constants(layer_of(weights, channels), p, to);
  });
}
inline std::vector<ChannelConstants> fitted_constants(const std::vector<std::int8_t>& weights,
                                                      const PreparedChannels& channels,
                                                      Conv2dWinogradRowsDspS8Params& p) {
  return constants_of_fit(4 * Conv2dWinogradRowsDspS8::channel_groups(p), [&](ChannelConstants* to) {
    return conv2d_winograd_rows_dsp::fit_constants(layer_of(weights, channels), p, to);
  });
}
inline std::vector<ChannelConstants> fitted_constants(const std::vector<std::int8_t>& weights,
                                                      const PreparedChannels& channels, DepthwiseConv2dDspS8Params& p) {
  if (p.form == static_cast<std::int32_t>(RequantizeForm::General)) return {};
  return constants_of_fit(4 * DepthwiseConv2dDspS8::groups(p), [&](ChannelConstants* to) {
    return depthwise_conv2d_dsp::fit_constants(depthwise_layer_of(weights, channels), p, to);
  });
}
inline std::vector<ChannelConstants> fitted_constants(const std::vector<std::int8_t>& weights,
                                                      const PreparedChannels& channels,
                                                      DepthwiseConv2d5x5DspS8Params& p) {
  if (p.form == static_cast<std::int32_t>(RequantizeForm::General)) return {};
  return constants_of_fit(4 * DepthwiseConv2d5x5DspS8::groups(p), [&](ChannelConstants* to) {
    return depthwise_conv2d_5x5_dsp::fit_constants(depthwise_layer_of(weights, channels), p, to);
  });
}

}  // namespace pudu::kernels::testing
