// Concatenation of up to 16 contiguous float32 tensors, as concat_s8 does, but sizes are elements:
//   output[step * output_stride + output_offset + sum of sizes before i + k] = inputs[i][step * sizes[i] + k]
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct ConcatF32Params {
  std::int32_t input_count;  ///< 1 to ConcatS8::max_inputs
  std::int32_t outer_count;
  std::int32_t sizes[16];      ///< elements of each input in one outer step
  std::int32_t output_stride;  ///< elements of the output from one outer step to the next
  std::int32_t output_offset;  ///< elements before the first input in an outer step

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input_count", self.input_count);
    visitor("outer_count", self.outer_count);
    visitor("sizes", self.sizes);
    visitor("output_stride", self.output_stride);
    visitor("output_offset", self.output_offset);
  }
};

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
  using Params = ConcatF32Params;
  using Operands = ConcatF32Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
