// Tests only: random channels for prepared kernels, such that every form of requantization occurs.
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/conv2d_dsp/conv2d_dsp_s8.hpp"
#include "kernels/conv2d_winograd_dsp/prepare.hpp"
#include "kernels/conv2d_winograd_rows_dsp/prepare.hpp"
#include "kernels/depthwise_conv2d/depthwise_conv2d_s8.hpp"
#include "kernels/depthwise_conv2d_5x5_dsp/depthwise_conv2d_5x5_dsp_s8.hpp"
#include "kernels/depthwise_conv2d_dsp/depthwise_conv2d_dsp_s8.hpp"
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

/// The same by Winograd's transforms.
inline Conv2dWinogradDspS8Params winograd_params(const Conv2dS8Params& p, RequantizeForm form, std::int32_t weight_bits,
                                                 std::int32_t strip_pairs) {
  return {p.batches,
          p.input_h,
          p.input_w,
          p.input_channels,
          p.output_h,
          p.output_w,
          p.output_channels,
          p.pad_top,
          p.pad_left,
          -p.input_offset,
          weight_bits,
          weight_bits == 16 ? 1 : strip_pairs,
          static_cast<std::int32_t>(form),
          0,
          p.output_offset,
          p.activation_min,
          p.activation_max};
}

/// Its weights.
inline std::vector<std::uint8_t> winograd_weights(const Conv2dWinogradDspS8Params& p, const std::int8_t* weights) {
  std::vector<std::uint8_t> codes(conv2d_winograd_dsp::code_bytes(p));
  conv2d_winograd_dsp::pack_codes(p, weights, codes.data());
  if (p.weight_bits == 8) return codes;
  std::vector<std::int16_t> transformed(conv2d_winograd_dsp::packed_weight_bytes(p) / 2);
  conv2d_winograd_dsp::transform_codes(p, codes.data(), transformed.data());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(transformed.data());
  return {bytes, bytes + transformed.size() * sizeof transformed[0]};
}

/// The same by Winograd's transform along rows.
inline Conv2dWinogradRowsDspS8Params winograd_rows_params(const Conv2dS8Params& p, RequantizeForm form) {
  return {p.batches,
          p.input_h,
          p.input_w,
          p.input_channels,
          p.output_h,
          p.output_w,
          p.output_channels,
          p.pad_top,
          p.pad_left,
          -p.input_offset,
          static_cast<std::int32_t>(form),
          0,
          p.output_offset,
          p.activation_min,
          p.activation_max};
}

/// Its weights.
inline std::vector<std::uint8_t> winograd_rows_weights(const Conv2dWinogradRowsDspS8Params& p,
                                                       const std::int8_t* weights) {
  std::vector<std::int16_t> transformed(conv2d_winograd_rows_dsp::packed_weight_bytes(p) / 2);
  conv2d_winograd_rows_dsp::pack_weights(p, weights, transformed.data());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(transformed.data());
  return {bytes, bytes + transformed.size() * sizeof transformed[0]};
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

}  // namespace pudu::kernels::testing
