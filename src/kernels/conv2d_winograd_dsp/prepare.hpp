// Runs in the compiler and in tests: weights and constants of conv2d_winograd_dsp_s8.
#pragma once

#include "kernels/conv2d_dsp/prepare.hpp"
#include "kernels/conv2d_winograd_dsp/transforms.hpp"

namespace pudu::kernels::conv2d_winograd_dsp {

using conv2d_dsp::Layer;

/// Bytes of weights as they are, [channel pairs, 2, quads, 9, 4].
constexpr std::size_t code_bytes(const Params& params) noexcept {
  return static_cast<std::size_t>(Conv2dWinogradDspS8::channel_pairs(params)) *
         static_cast<std::size_t>(Conv2dWinogradDspS8::quads(params)) * 72;
}
constexpr std::size_t packed_weight_bytes(const Params& params) noexcept {
  return params.weight_bits == 8 ? code_bytes(params)
                                 : static_cast<std::size_t>(Conv2dWinogradDspS8::channel_pairs(params)) *
                                       Conv2dWinogradDspS8::pair_bytes(params);
}

/// The same convolution as conv2d_dsp_s8 has it: for its constants and order of channels.
constexpr Conv2dDspS8Params direct_params(const Params& p) noexcept {
  Conv2dDspS8Params result{};
  result.batches = p.batches;
  result.input_h = p.input_h, result.input_w = p.input_w, result.input_channels = p.input_channels;
  result.output_h = p.output_h, result.output_w = p.output_w, result.output_channels = p.output_channels;
  result.kernel_h = result.kernel_w = 3, result.stride_h = result.stride_w = 1;
  result.pad_top = p.pad_top, result.pad_left = p.pad_left, result.pad_value = p.pad_value;
  result.form = p.form;
  result.output_offset = p.output_offset;
  result.activation_min = p.activation_min, result.activation_max = p.activation_max;
  return result;
}

/// `weights` as conv2d_s8 has them, [output_channels, 3, 3, input_channels]; `codes` holds code_bytes(params).
inline void pack_codes(const Params& params, const std::int8_t* weights, std::uint8_t* codes) noexcept {
  const Conv2dDspS8Params direct = direct_params(params);
  for (std::int32_t i = 0; i < 2 * Conv2dWinogradDspS8::channel_pairs(params); ++i) {
    const std::int8_t* channel = weights + conv2d_dsp::channel_of(direct, i / 2, i % 2) * 9 * params.input_channels;
    for (std::int32_t quad = 0; quad < Conv2dWinogradDspS8::quads(params); ++quad) {
      for (std::int32_t tap = 0; tap < 9; ++tap, codes += 4) {
        std::memcpy(codes, channel + tap * params.input_channels + 4 * quad, 4);
      }
    }
  }
}

/// `codes` at their 16 positions; `transformed` is 4-byte aligned and holds packed_weight_bytes(params) of 16 bits.
inline void transform_codes(const Params& params, const std::uint8_t* codes, std::int16_t* transformed) noexcept {
  const std::int32_t quads = Conv2dWinogradDspS8::quads(params), units = Conv2dWinogradDspS8::units(params);
  for (std::int32_t pair = 0; pair < Conv2dWinogradDspS8::channel_pairs(params); ++pair) {
    transform_weights(codes + pair * quads * 72, quads, units, transformed + pair * units * 128);
  }
}

/// Constants of all channels in the form of `params`, [channel pairs, 2], and params.rounded_pairs. False when a pair
/// of channels has none.
inline bool fit_constants(const Layer& layer, Params& params, ChannelConstants* constants) noexcept {
  Conv2dDspS8Params direct = direct_params(params);
  const bool fits = conv2d_dsp::fit_constants(layer, direct, constants);
  params.rounded_pairs = direct.rounded_pairs;
  return fits;
}

}  // namespace pudu::kernels::conv2d_winograd_dsp
