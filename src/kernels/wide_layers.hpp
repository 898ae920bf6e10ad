// Descriptions of layers with int8 weights of which the input, the output or both are int16 (16x8): what the kernels of
// one operator share, which differ by their codes alone. Input and Output are int8 or int16, at least one of them
// int16. int16 codes have zero point 0. One formula serves all:
//   acc = bias[o] + sum (x + input_offset) * w           exact in 64 bits; taps outside of an image contribute 0
//   y = clamp(requantize_wide(acc, multipliers[o], shifts[o]) + output_offset, output_min, output_max)
//                                                        (numerics/requantize_wide.hpp)
// An int8 result is so rounded once, from the exact sum. Limits: shifts in [-31, 14]; at most 2^23 products in a sum.
#pragma once

#include <type_traits>

#include "kernels/kernel.hpp"

namespace pudu::kernels {

/// Input and output are NHWC. Padding is stated for the top and the left only; the output size implies the rest.
template <class Input, class Output>
struct WideConv2dParams {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t kernel_h, kernel_w, groups;
  std::int32_t stride_h, stride_w;
  std::int32_t pad_top, pad_left;
  std::int32_t dilation_h, dilation_w;
  std::int32_t input_offset;            ///< minus the input's zero point
  std::int32_t output_offset;           ///< the output's zero point
  std::int32_t output_min, output_max;  ///< codes of the output

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_h", self.input_h);
    visitor("input_w", self.input_w);
    visitor("input_channels", self.input_channels);
    visitor("output_h", self.output_h);
    visitor("output_w", self.output_w);
    visitor("output_channels", self.output_channels);
    visitor("kernel_h", self.kernel_h);
    visitor("kernel_w", self.kernel_w);
    visitor("groups", self.groups);
    visitor("stride_h", self.stride_h);
    visitor("stride_w", self.stride_w);
    visitor("pad_top", self.pad_top);
    visitor("pad_left", self.pad_left);
    visitor("dilation_h", self.dilation_h);
    visitor("dilation_w", self.dilation_w);
    visitor("input_offset", self.input_offset);
    visitor("output_offset", self.output_offset);
    visitor("output_min", self.output_min);
    visitor("output_max", self.output_max);
  }
};

template <class Input, class Output>
struct WideConv2dOperands {
  const Input* input;               ///< [batches, input_h, input_w, input_channels]
  const std::int8_t* weights;       ///< [output_channels, kernel_h, kernel_w, input_channels / groups]
  const std::int32_t* bias;         ///< [output_channels], or null for zeros
  const std::int32_t* multipliers;  ///< [output_channels]
  const std::int32_t* shifts;       ///< [output_channels]
  Output* output;                   ///< [batches, output_h, output_w, output_channels]
  void* scratch;                    ///< scratch_bytes(params, isa) bytes, 16-byte aligned, contents undefined

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("bias", self.bias);
    visitor("multipliers", self.multipliers);
    visitor("shifts", self.shifts);
    visitor("output", self.output);
    visitor("scratch", self.scratch);
  }
};

/// Convolution, groups included (arm_convolve_s16 where both are int16).
template <class In, class Out>
struct WideConv2d {
  using Input = In;
  using Output = Out;
  using Params = WideConv2dParams<Input, Output>;
  using Operands = WideConv2dOperands<Input, Output>;

  /// True when every receptive field is one contiguous piece of an input row (1x1 and 1xN kernels without groups, at
  /// any stride and padding) of int16 codes, so that it is read in place and needs no scratch.
  static constexpr bool reads_in_place(const Params& params) noexcept {
    return std::is_same_v<Input, std::int16_t> && params.kernel_h == 1 && params.groups == 1 &&
           (params.kernel_w == 1 || params.dilation_w == 1);
  }

  /// Bytes of scratch: one receptive field of one group in 16 bits, rounded up to 4 bytes; none where fields are read
  /// in place.
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    const std::size_t taps = static_cast<std::size_t>(params.kernel_h) * static_cast<std::size_t>(params.kernel_w) *
                             static_cast<std::size_t>(params.input_channels / params.groups);
    return reads_in_place(params) ? 0 : round_up(2 * taps, 4);
  }
};

/// Output channel o reads input channel o / depth_multiplier, so output_channels = input_channels * depth_multiplier.
template <class Input, class Output>
struct WideDepthwiseConv2dParams {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t kernel_h, kernel_w, depth_multiplier;
  std::int32_t stride_h, stride_w;
  std::int32_t pad_top, pad_left;
  std::int32_t dilation_h, dilation_w;
  std::int32_t input_offset;            ///< minus the input's zero point
  std::int32_t output_offset;           ///< the output's zero point
  std::int32_t output_min, output_max;  ///< codes of the output

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_h", self.input_h);
    visitor("input_w", self.input_w);
    visitor("input_channels", self.input_channels);
    visitor("output_h", self.output_h);
    visitor("output_w", self.output_w);
    visitor("output_channels", self.output_channels);
    visitor("kernel_h", self.kernel_h);
    visitor("kernel_w", self.kernel_w);
    visitor("depth_multiplier", self.depth_multiplier);
    visitor("stride_h", self.stride_h);
    visitor("stride_w", self.stride_w);
    visitor("pad_top", self.pad_top);
    visitor("pad_left", self.pad_left);
    visitor("dilation_h", self.dilation_h);
    visitor("dilation_w", self.dilation_w);
    visitor("input_offset", self.input_offset);
    visitor("output_offset", self.output_offset);
    visitor("output_min", self.output_min);
    visitor("output_max", self.output_max);
  }
};

template <class Input, class Output>
struct WideDepthwiseConv2dOperands {
  const Input* input;               ///< [batches, input_h, input_w, input_channels]
  const std::int8_t* weights;       ///< [1, kernel_h, kernel_w, output_channels]
  const std::int32_t* bias;         ///< [output_channels], or null for zeros
  const std::int32_t* multipliers;  ///< [output_channels]
  const std::int32_t* shifts;       ///< [output_channels]
  Output* output;                   ///< [batches, output_h, output_w, output_channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("bias", self.bias);
    visitor("multipliers", self.multipliers);
    visitor("shifts", self.shifts);
    visitor("output", self.output);
  }
};

/// Depthwise convolution (arm_depthwise_conv_s16 where both are int16).
template <class In, class Out>
struct WideDepthwiseConv2d {
  using Input = In;
  using Output = Out;
  using Params = WideDepthwiseConv2dParams<Input, Output>;
  using Operands = WideDepthwiseConv2dOperands<Input, Output>;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }
};

template <class Input, class Output>
struct WideLinearParams {
  std::int32_t batches, input_features, output_features;
  std::int32_t input_offset;            ///< minus the input's zero point
  std::int32_t output_offset;           ///< the output's zero point
  std::int32_t output_min, output_max;  ///< codes of the output

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_features", self.input_features);
    visitor("output_features", self.output_features);
    visitor("input_offset", self.input_offset);
    visitor("output_offset", self.output_offset);
    visitor("output_min", self.output_min);
    visitor("output_max", self.output_max);
  }
};

template <class Input, class Output>
struct WideLinearOperands {
  const Input* input;               ///< [batches, input_features]
  const std::int8_t* weights;       ///< [output_features, input_features]
  const std::int32_t* bias;         ///< [output_features], or null for zeros
  const std::int32_t* multipliers;  ///< [output_features]
  const std::int32_t* shifts;       ///< [output_features]
  Output* output;                   ///< [batches, output_features]
  void* scratch;                    ///< scratch_bytes(params, isa) bytes, 16-byte aligned, contents undefined

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("bias", self.bias);
    visitor("multipliers", self.multipliers);
    visitor("shifts", self.shifts);
    visitor("output", self.output);
    visitor("scratch", self.scratch);
  }
};

/// Fully connected layer (arm_fully_connected_s16 and TensorFlow Lite's 16x8 where both are int16, which have one
/// multiplier for all channels; the compiler repeats it).
template <class In, class Out>
struct WideLinear {
  using Input = In;
  using Output = Out;
  using Params = WideLinearParams<Input, Output>;
  using Operands = WideLinearOperands<Input, Output>;

  /// Bytes of scratch: one input of int8 codes in 16 bits; none for int16 codes.
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    if (std::is_same_v<Input, std::int16_t>) return 0;
    return round_up(2 * static_cast<std::size_t>(params.input_features), 4);
  }
};

}  // namespace pudu::kernels
