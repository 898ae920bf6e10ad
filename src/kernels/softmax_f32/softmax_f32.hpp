// float32 softmax, or its logarithm, along the middle of [outer_count, depth, inner_count].
//   e_i = exp(x_i - max), s = sum of e_i with i rising; softmax: e_i / s; logarithm: (x_i - max) - log s
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct SoftmaxF32Params {
  std::int32_t outer_count;
  std::int32_t depth;
  std::int32_t inner_count;
  std::int32_t logarithm;  ///< 0, or 1 for log_softmax

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("outer_count", self.outer_count);
    visitor("depth", self.depth);
    visitor("inner_count", self.inner_count);
    visitor("logarithm", self.logarithm);
  }
};

struct SoftmaxF32Operands {
  const float* input;  ///< [outer_count, depth, inner_count]
  float* output;       ///< [outer_count, depth, inner_count]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct SoftmaxF32 {
  static constexpr const char* name = "softmax_f32";
  static constexpr const char* header = "kernels/softmax_f32/softmax_f32.hpp";
  using Params = SoftmaxF32Params;
  using Operands = SoftmaxF32Operands;

  /// The input whose buffer the output may be.
  static constexpr const char* in_place_input = "input";

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
