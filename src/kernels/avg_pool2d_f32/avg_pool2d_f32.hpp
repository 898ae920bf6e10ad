// float32 average pooling over NHWC, with the windows and divisors of avg_pool2d_s8 (whose bounds and pad value play no
// part). The sum of a window runs over its rows, then its columns, rounded one by one; 0 where it has no tap.
#pragma once

#include "kernels/avg_pool2d/avg_pool2d_s8.hpp"
#include "kernels/kernel.hpp"

namespace pudu::kernels {

using AvgPool2dF32Params = AvgPool2dS8Params;

struct AvgPool2dF32Operands {
  const float* input;  ///< [batches, input_h, input_w, channels]
  float* output;       ///< [batches, output_h, output_w, channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct AvgPool2dF32 {
  static constexpr const char* name = "avg_pool2d_f32";
  static constexpr const char* header = "kernels/avg_pool2d_f32/avg_pool2d_f32.hpp";
  using Params = AvgPool2dF32Params;
  using Operands = AvgPool2dF32Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
