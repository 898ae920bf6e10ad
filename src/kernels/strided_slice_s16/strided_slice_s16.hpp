// Reads a regular grid of a int16 tensor, as strided_slice_s8 does: slices, permutations, repetition (stride 0).
//   output[i0, i1, ...] = input[input_start_offset + sum i_d * input_strides[d]]
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/strided_slice/strided_slice_s8.hpp"

namespace pudu::kernels {

using StridedSliceS16Params = StridedSliceS8Params;

struct StridedSliceS16Operands {
  const std::int16_t* input;
  std::int16_t* output;  ///< output_shape

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct StridedSliceS16 {
  static constexpr const char* name = "strided_slice_s16";
  static constexpr const char* header = "kernels/strided_slice_s16/strided_slice_s16.hpp";
  using Params = StridedSliceS16Params;
  using Operands = StridedSliceS16Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
