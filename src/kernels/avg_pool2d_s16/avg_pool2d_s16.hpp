// int16 average pooling over NHWC (arm_avgpool_s16): the mean of codes, rounded to nearest, ties away from zero. Input
// and output share their scale; zero points are 0, so that padding counts as codes 0.
//   valid = taps inside the image
//   pool_size = taps inside the image padded by pad_top, pad_left, pad_bottom, pad_right (PyTorch's rule when ceil_mode
//     cuts a window)
//   divisor = divisor_override, or pool_size when count_include_pad, or valid
//   y = clamp(round(sum of valid taps / divisor), output_min, output_max)
// A window without any valid tap gives 0. ceil_mode is in output_h, output_w. Limits: at most 65535 taps, so that sums
// fit 32 bits; divisor_override is below 2^23.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct AvgPool2dS16Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, channels;
  std::int32_t output_h, output_w;
  std::int32_t kernel_h, kernel_w;
  std::int32_t stride_h, stride_w;
  std::int32_t pad_top, pad_left, pad_bottom, pad_right;
  std::int32_t count_include_pad;       ///< 0 or 1
  std::int32_t divisor_override;        ///< 0 = none
  std::int32_t output_min, output_max;  ///< within int16

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_h", self.input_h);
    visitor("input_w", self.input_w);
    visitor("channels", self.channels);
    visitor("output_h", self.output_h);
    visitor("output_w", self.output_w);
    visitor("kernel_h", self.kernel_h);
    visitor("kernel_w", self.kernel_w);
    visitor("stride_h", self.stride_h);
    visitor("stride_w", self.stride_w);
    visitor("pad_top", self.pad_top);
    visitor("pad_left", self.pad_left);
    visitor("pad_bottom", self.pad_bottom);
    visitor("pad_right", self.pad_right);
    visitor("count_include_pad", self.count_include_pad);
    visitor("divisor_override", self.divisor_override);
    visitor("output_min", self.output_min);
    visitor("output_max", self.output_max);
  }
};

struct AvgPool2dS16Operands {
  const std::int16_t* input;  ///< [batches, input_h, input_w, channels]
  std::int16_t* output;       ///< [batches, output_h, output_w, channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct AvgPool2dS16 {
  static constexpr const char* name = "avg_pool2d_s16";
  static constexpr const char* header = "kernels/avg_pool2d_s16/avg_pool2d_s16.hpp";
  using Params = AvgPool2dS16Params;
  using Operands = AvgPool2dS16Operands;

  /// Taps of the largest window: 32 bits hold the sum of as many codes.
  static constexpr std::int32_t most_taps = 65535;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;

  /// Output rows [row_begin, row_end) of one image; `run` is this over every image.
  static void run_rows(const Params& params, const Operands& operands, Rows<const std::int16_t> input,
                       Rows<std::int16_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept;
};

}  // namespace pudu::kernels
