// Concatenation of up to 16 contiguous float32 tensors: concat_s8 on their bytes, whose parameters count them.
#pragma once

#include "kernels/concat/concat_s8.hpp"
#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct ConcatF32Operands {
  const float* inputs[16];  ///< input_count pointers, the rest unused
  float* output;

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("inputs", self.inputs);
    visitor("output", self.output);
  }
};

struct ConcatF32 {
  static constexpr const char* name = "concat_f32";
  static constexpr const char* header = "kernels/concat_f32/concat_f32.hpp";
  using Params = ConcatS8Params;
  using Operands = ConcatF32Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
