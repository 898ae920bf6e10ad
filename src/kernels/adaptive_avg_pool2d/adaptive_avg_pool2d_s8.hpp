// int8 adaptive average pooling over NHWC (aten::adaptive_avg_pool2d; a mean over height and width is output size 1 x
// 1). Output row i averages input rows floor(i * input_h / output_h) to ceil((i + 1) * input_h / output_h), columns
// likewise; the mean of raw codes is rounded to nearest, ties away from zero. Input and output share scale and zero
// point.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct AdaptiveAvgPool2dS8Params {
  std::int32_t batches;
  std::int32_t input_h, input_w, channels;
  std::int32_t output_h, output_w;
  std::int32_t activation_min, activation_max;  ///< within int8

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("input_h", self.input_h);
    visitor("input_w", self.input_w);
    visitor("channels", self.channels);
    visitor("output_h", self.output_h);
    visitor("output_w", self.output_w);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct AdaptiveAvgPool2dS8Operands {
  const std::int8_t* input;  ///< [batches, input_h, input_w, channels]
  std::int8_t* output;       ///< [batches, output_h, output_w, channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct AdaptiveAvgPool2dS8 {
  static constexpr const char* name = "adaptive_avg_pool2d_s8";
  static constexpr const char* header = "kernels/adaptive_avg_pool2d/adaptive_avg_pool2d_s8.hpp";
  using Params = AdaptiveAvgPool2dS8Params;
  using Operands = AdaptiveAvgPool2dS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
