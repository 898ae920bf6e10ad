// Permutation of the dimensions of an int8 tensor of rank up to max_rank (cortex_m::transpose).
//   output[i0, i1, ...] = input[sum i_d * input_strides[d]]
// where input_strides[d] is the stride, in elements, of the input dimension that becomes output dimension d. The output
// is contiguous.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct TransposeS8Params {
  std::int32_t rank;  ///< 0 to max_rank
  std::int32_t output_shape[max_rank];
  std::int32_t input_strides[max_rank];  ///< elements

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("rank", self.rank);
    visitor("output_shape", self.output_shape);
    visitor("input_strides", self.input_strides);
  }
};

struct TransposeS8Operands {
  const std::int8_t* input;
  std::int8_t* output;  ///< output_shape

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct TransposeS8 {
  static constexpr const char* name = "transpose_s8";
  static constexpr const char* header = "kernels/transpose/transpose_s8.hpp";
  using Params = TransposeS8Params;
  using Operands = TransposeS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
