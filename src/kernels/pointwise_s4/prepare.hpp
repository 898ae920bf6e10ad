// Runs in the compiler and in tests: operands of pointwise_s4.
#pragma once

#include <cstdint>

#include "kernels/conv2d/conv2d_s8.hpp"
#include "kernels/linear/linear_s8.hpp"
#include "kernels/pointwise_s4/pointwise_s4.hpp"
#include "kernels/requantize_fit.hpp"

namespace pudu::kernels::pointwise_s4 {

/// The kernel computes such a convolution, if its weights fit.
constexpr bool applies(const Conv2dS8Params& p) noexcept {
  const bool ends_inside = (p.output_h - 1) * p.stride_h < p.input_h && (p.output_w - 1) * p.stride_w < p.input_w;
  return p.kernel_h == 1 && p.kernel_w == 1 && p.groups == 1 && p.pad_top == 0 && p.pad_left == 0 && ends_inside &&
         p.input_channels <= PointwiseS4::most_input_channels;
}
constexpr bool applies(const LinearS8Params& p) noexcept {
  return p.input_features <= PointwiseS4::most_input_channels;
}

/// Without scratch.
constexpr PointwiseS4Params params_of(const Conv2dS8Params& p) noexcept {
  return {p.batches,  p.input_h,  p.input_w,       p.input_channels, p.output_h,       p.output_w, p.output_channels,
          p.stride_h, p.stride_w, p.output_offset, p.activation_min, p.activation_max, 0};
}
constexpr PointwiseS4Params params_of(const LinearS8Params& p) noexcept {
  return {1,
          1,
          p.batches,
          p.input_features,
          1,
          p.batches,
          p.output_features,
          1,
          1,
          p.output_offset,
          p.activation_min,
          p.activation_max,
          0};
}

/// Codes of 4 bits.
constexpr std::int32_t lowest_code = -8, highest_code = 7;

/// Do `count` weights fit?
inline bool fits(const std::int8_t* weights, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    if (weights[i] < lowest_code || weights[i] > highest_code) return false;
  }
  return true;
}

constexpr std::size_t packed_weight_bytes(const PointwiseS4Params& p) noexcept {
  return static_cast<std::size_t>(PointwiseS4::row_bytes(p)) * static_cast<std::size_t>(p.output_channels);
}

/// `weights` as conv2d_s8 and linear_s8 have them.
inline void pack_weights(const PointwiseS4Params& p, const std::int8_t* weights, std::uint8_t* packed) noexcept {
  for (std::int32_t output = 0; output < p.output_channels; ++output) {
    for (std::int32_t i = 0; i < p.input_channels; i += 2) {
      const std::int32_t first = *weights++;
      const std::int32_t second = i + 1 < p.input_channels ? *weights++ : 0;
      *packed++ = static_cast<std::uint8_t>((first & 15) | (second & 15) << 4);
    }
  }
}

/// The bias that holds the input's zero point; `bias` may be null. False when one would not fit 32 bits.
inline bool fold_biases(const PointwiseS4Params& p, std::int32_t input_offset, const std::int8_t* weights,
                        const std::int32_t* bias, std::int32_t* folded) noexcept {
  for (std::int32_t output = 0; output < p.output_channels; ++output) {
    ChannelRequantization channel{};
    if (!fold_input_offset(weights + output * p.input_channels, p.input_channels, 1, input_offset,
                           bias != nullptr ? bias[output] : 0, channel)) {
      return false;
    }
    folded[output] = channel.bias;
  }
  return true;
}

}  // namespace pudu::kernels::pointwise_s4
