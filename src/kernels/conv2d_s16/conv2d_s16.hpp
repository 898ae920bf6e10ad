// int16 convolution with int8 weights, int32 bias and per-channel requantization (arm_convolve_s16 and TensorFlow
// Lite's 16x8), groups included. All zero points are 0. Input and output are NHWC, weights OHWI: [output_channels,
// kernel_h, kernel_w, input_channels / groups].
//   acc = bias[o] + sum x * w                            exact in 64 bits; taps outside of the image contribute 0
//   y = clamp(requantize_wide(acc, multipliers[o], shifts[o]), output_min, output_max) (numerics/requantize_wide.hpp)
// Padding is stated for the top and the left only; the output size implies the rest. Limits: shifts in [-31, 14]; at
// most 2^23 taps.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct Conv2dS16Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t kernel_h, kernel_w, groups;
  std::int32_t stride_h, stride_w;
  std::int32_t pad_top, pad_left;
  std::int32_t dilation_h, dilation_w;
  std::int32_t output_min, output_max;  ///< within int16

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
    visitor("output_min", self.output_min);
    visitor("output_max", self.output_max);
  }
};

struct Conv2dS16Operands {
  const std::int16_t* input;        ///< [batches, input_h, input_w, input_channels]
  const std::int8_t* weights;       ///< [output_channels, kernel_h, kernel_w, input_channels / groups]
  const std::int32_t* bias;         ///< [output_channels], or null for zeros
  const std::int32_t* multipliers;  ///< [output_channels]
  const std::int32_t* shifts;       ///< [output_channels]
  std::int16_t* output;             ///< [batches, output_h, output_w, output_channels]
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

struct Conv2dS16 {
  static constexpr const char* name = "conv2d_s16";
  static constexpr const char* header = "kernels/conv2d_s16/conv2d_s16.hpp";
  using Params = Conv2dS16Params;
  using Operands = Conv2dS16Operands;

  /// True when every receptive field is one contiguous piece of an input row (1x1 and 1xN kernels without groups, at
  /// any stride and padding), so that it is read in place and needs no scratch.
  static constexpr bool reads_in_place(const Params& params) noexcept {
    return params.kernel_h == 1 && params.groups == 1 && (params.kernel_w == 1 || params.dilation_w == 1);
  }

  /// Bytes of scratch: one receptive field of one group, rounded up to 4 bytes; none where fields are read in place.
  static constexpr std::size_t scratch_bytes(const Params& params, Isa) noexcept {
    return reads_in_place(params) ? 0 : round_up(2 * field_elements(params, params.input_channels / params.groups), 4);
  }

  static void run(const Params& params, const Operands& operands) noexcept;

  /// Output rows [row_begin, row_end) of one image; `run` is this over every image.
  static void run_rows(const Params& params, const Operands& operands, Rows<const std::int16_t> input,
                       Rows<std::int16_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept;

 private:
  static constexpr std::size_t field_elements(const Params& params, std::int32_t channels) noexcept {
    return static_cast<std::size_t>(params.kernel_h) * static_cast<std::size_t>(params.kernel_w) *
           static_cast<std::size_t>(channels);
  }
};

}  // namespace pudu::kernels
