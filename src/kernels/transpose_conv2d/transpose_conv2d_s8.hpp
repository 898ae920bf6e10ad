// int8 transposed convolution with int8 weights, int32 bias and per-channel requantization
// (cortex_m::quantized_transpose_conv2d). Input and output are NHWC, weights OHWI.
//   acc = bias[o] + sum (x[iy, ix, c] + input_offset) * w[o, ky, kx, c]
//         over the taps with oy + pad_top - ky * dilation_h = iy * stride_h, 0 <= iy < input_h, and alike for x
//   y = clamp(requantize(acc, multipliers[o], shifts[o]) + output_offset, activation_min, activation_max)
// Any output size is computed: output_padding only makes it larger. No groups. CMSIS-NN's kernel scatters into a buffer
// of int32 rows, or turns the filter around; here each output gathers its taps, so no memory is needed.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct TransposeConv2dS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t kernel_h, kernel_w;
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

struct TransposeConv2dS8Operands {
  const std::int8_t* input;         ///< [batches, input_h, input_w, input_channels]
  const std::int8_t* weights;       ///< [output_channels, kernel_h, kernel_w, input_channels]
  const std::int32_t* bias;         ///< [output_channels], or null for zeros
  const std::int32_t* multipliers;  ///< [output_channels]
  const std::int32_t* shifts;       ///< [output_channels]
  std::int8_t* output;              ///< [batches, output_h, output_w, output_channels]

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

struct TransposeConv2dS8 {
  static constexpr const char* name = "transpose_conv2d_s8";
  static constexpr const char* header = "kernels/transpose_conv2d/transpose_conv2d_s8.hpp";
  using Params = TransposeConv2dS8Params;
  using Operands = TransposeConv2dS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
