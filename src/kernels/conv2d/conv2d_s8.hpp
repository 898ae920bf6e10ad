// int8 convolution with int8 weights, int32 bias and per-channel requantization (cortex_m::quantized_conv2d), groups
// included. Input and output are NHWC, weights OHWI: [output_channels, kernel_h, kernel_w, input_channels / groups].
//   acc = bias[o] + sum (x + input_offset) * w          taps outside of the image contribute 0
//   y = clamp(requantize(acc, multipliers[o], shifts[o]) + output_offset, activation_min, activation_max)
// Padding is stated for the top and the left only; the output size implies the rest, so asymmetric padding needs no pad
// operator. Limits: the input's zero point is an int8 value; accumulators wrap in 32 bits.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct Conv2dS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t kernel_h, kernel_w, groups;
  std::int32_t stride_h, stride_w;
  std::int32_t pad_top, pad_left;
  std::int32_t dilation_h, dilation_w;
  std::int32_t input_offset;                    ///< minus the input's zero point
  std::int32_t output_offset;                   ///< the output's zero point
  std::int32_t activation_min, activation_max;  ///< within int8

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
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct Conv2dS8Operands {
  const std::int8_t* input;         ///< [batches, input_h, input_w, input_channels]
  const std::int8_t* weights;       ///< [output_channels, kernel_h, kernel_w, input_channels / groups]
  const std::int32_t* bias;         ///< [output_channels], or null for zeros
  const std::int32_t* multipliers;  ///< [output_channels]
  const std::int32_t* shifts;       ///< [output_channels]
  std::int8_t* output;              ///< [batches, output_h, output_w, output_channels]
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

struct Conv2dS8 {
  static constexpr const char* name = "conv2d_s8";
  static constexpr const char* header = "kernels/conv2d/conv2d_s8.hpp";
  using Params = Conv2dS8Params;
  using Operands = Conv2dS8Operands;

  /// True when every receptive field is one contiguous piece of an input row (1x1 and 1xN kernels without groups, at
  /// any stride and padding), so that it is read in place and needs no scratch.
  static constexpr bool reads_in_place(const Params& params) noexcept {
    return params.kernel_h == 1 && params.groups == 1 && (params.kernel_w == 1 || params.dilation_w == 1);
  }

  /// Bytes of one receptive field of one group as int8.
  static constexpr std::size_t patch_bytes(const Params& params) noexcept {
    return round_up(field_elements(params, params.input_channels / params.groups), 4);
  }

  /// On MVE: how many output channels' starting sums scratch holds beside the patch; at least 1.
  static constexpr std::int32_t held_channels(const Params& params) noexcept {
    const std::size_t room =
        (4 * round_up(field_elements(params, params.input_channels), 16) - patch_bytes(params)) / 4;
    const auto channels = static_cast<std::size_t>(params.output_channels / params.groups);
    return static_cast<std::int32_t>(room < channels ? room : channels);
  }

  /// Bytes of scratch: one receptive field of one group, widened to int16 with the input offset added; on MVE as int8
  /// beside the starting sums of the output channels, where that is more. Never more than CMSIS-NN's: on MVE
  /// 4 * round_up(kernel_h * kernel_w * input_channels, 16), elsewhere the same rounded up to 4, and 0 for its 1x1
  /// kernels.
  static constexpr std::size_t scratch_bytes(const Params& params, Isa isa) noexcept {
    if (reads_in_place(params)) return 0;
    const std::size_t widened = 2 * round_up(field_elements(params, params.input_channels / params.groups), 2);
    if (isa != Isa::Mve) return widened;
    const std::size_t with_sums = patch_bytes(params) + 4 * static_cast<std::size_t>(held_channels(params));
    return with_sums > widened ? with_sums : widened;
  }

  static void run(const Params& params, const Operands& operands) noexcept;

  /// Output rows [row_begin, row_end) of one image; `run` is this over every image.
  static void run_rows(const Params& params, const Operands& operands, Rows<const std::int8_t> input,
                       Rows<std::int8_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept;

 private:
  static constexpr std::size_t field_elements(const Params& params, std::int32_t channels) noexcept {
    return static_cast<std::size_t>(params.kernel_h) * static_cast<std::size_t>(params.kernel_w) *
           static_cast<std::size_t>(channels);
  }
};

}  // namespace pudu::kernels
