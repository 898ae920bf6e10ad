// float32 maximum pooling over NHWC, with the windows of max_pool2d_s8 (whose bounds play no part). The largest of the
// taps inside of the image; minus infinity where there is none.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/max_pool2d/max_pool2d_s8.hpp"

namespace pudu::kernels {

using MaxPool2dF32Params = MaxPool2dS8Params;

struct MaxPool2dF32Operands {
  const float* input;  ///< [batches, input_h, input_w, channels]
  float* output;       ///< [batches, output_h, output_w, channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct MaxPool2dF32 {
  static constexpr const char* name = "max_pool2d_f32";
  static constexpr const char* header = "kernels/max_pool2d_f32/max_pool2d_f32.hpp";
  using Params = MaxPool2dF32Params;
  using Operands = MaxPool2dF32Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
