// int8 softmax over the last dimension (cortex_m::softmax), integer only. The output has scale 1/256 and zero point
// -128. The formula is that of CMSIS-NN and TFLite Micro (docs/arithmetic.md, "Softmax"); numerics::softmax_scaling
// computes the parameters. Where a row's sum reaches 2^28 (512 full exponentials) those kernels shift by 32 bits or
// more and differ between ISAs; this one rounds the exact quotient there. The output may be the very buffer of the
// input.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct SoftmaxS8Params {
  std::int32_t outer_count;        ///< rows
  std::int32_t depth;              ///< elements of a row
  std::int32_t multiplier, shift;  ///< scale of a difference of codes in Q5.26; shift in [0, 31]
  std::int32_t diff_min;           ///< differences from the maximum below this give 0; at most 0

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("outer_count", self.outer_count);
    visitor("depth", self.depth);
    visitor("multiplier", self.multiplier);
    visitor("shift", self.shift);
    visitor("diff_min", self.diff_min);
  }
};

struct SoftmaxS8Operands {
  const std::int8_t* input;  ///< [outer_count, depth]
  std::int8_t* output;       ///< [outer_count, depth]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct SoftmaxS8 {
  static constexpr const char* name = "softmax_s8";
  static constexpr const char* header = "kernels/softmax/softmax_s8.hpp";
  using Params = SoftmaxS8Params;
  using Operands = SoftmaxS8Operands;

  /// The input whose buffer the output may be.
  static constexpr const char* in_place_input = "input";

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
