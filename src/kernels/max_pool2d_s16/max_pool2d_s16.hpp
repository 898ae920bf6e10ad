// int16 maximum pooling over NHWC (arm_max_pool_s16): the maximum of the valid taps' codes, then clamp to [output_min,
// output_max]; a window wholly in the padding gives output_min. Dilation is supported. Input and output share their
// scale. ceil_mode is in output_h, output_w.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct MaxPool2dS16Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, channels;
  std::int32_t output_h, output_w;
  std::int32_t kernel_h, kernel_w;
  std::int32_t stride_h, stride_w;
  std::int32_t pad_top, pad_left;
  std::int32_t dilation_h, dilation_w;
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
    visitor("dilation_h", self.dilation_h);
    visitor("dilation_w", self.dilation_w);
    visitor("output_min", self.output_min);
    visitor("output_max", self.output_max);
  }
};

struct MaxPool2dS16Operands {
  const std::int16_t* input;  ///< [batches, input_h, input_w, channels]
  std::int16_t* output;       ///< [batches, output_h, output_w, channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct MaxPool2dS16 {
  static constexpr const char* name = "max_pool2d_s16";
  static constexpr const char* header = "kernels/max_pool2d_s16/max_pool2d_s16.hpp";
  using Params = MaxPool2dS16Params;
  using Operands = MaxPool2dS16Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;

  /// Output rows [row_begin, row_end) of one image; `run` is this over every image.
  static void run_rows(const Params& params, const Operands& operands, Rows<const std::int16_t> input,
                       Rows<std::int16_t> output, std::int32_t row_begin, std::int32_t row_end) noexcept;
};

}  // namespace pudu::kernels
