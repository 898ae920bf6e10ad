// float32 transposed convolution over NHWC, one group.
//   y[h, w, o] = clamp(bias[o] + sum of x[i, j, c] weights[o, r, s, c], minimum, maximum)
// over the rows r, columns s and channels c, in that order, with i stride_h + r dilation_h - pad_top = h, and so for w.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct TransposeConv2dF32Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, input_channels;
  std::int32_t output_h, output_w, output_channels;
  std::int32_t kernel_h, kernel_w;
  std::int32_t stride_h, stride_w;
  std::int32_t pad_top, pad_left;
  std::int32_t dilation_h, dilation_w;
  float minimum, maximum;  ///< finite; the result is clamped

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
    visitor("minimum", self.minimum);
    visitor("maximum", self.maximum);
  }
};

struct TransposeConv2dF32Operands {
  const float* input;    ///< [batches, input_h, input_w, input_channels]
  const float* weights;  ///< [output_channels, kernel_h, kernel_w, input_channels]
  const float* bias;     ///< [output_channels]
  float* output;         ///< [batches, output_h, output_w, output_channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("weights", self.weights);
    visitor("bias", self.bias);
    visitor("output", self.output);
  }
};

struct TransposeConv2dF32 {
  static constexpr const char* name = "transpose_conv2d_f32";
  static constexpr const char* header = "kernels/transpose_conv2d_f32/transpose_conv2d_f32.hpp";
  using Params = TransposeConv2dF32Params;
  using Operands = TransposeConv2dF32Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
