// Reads a regular grid of an int8 tensor of rank up to max_rank: slice, select, chunk, split, narrow, flip.
//   output[i0, i1, ...] = input[input_start_offset + sum i_d * input_strides[d]]
// where input_strides[d] is the input's stride times the slice's step, in elements (negative walks backwards). The
// output is contiguous.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct StridedSliceS8Params {
  std::int32_t rank;  ///< 0 to max_rank
  std::int32_t output_shape[max_rank];
  std::int32_t input_strides[max_rank];  ///< elements, step included
  std::int32_t input_start_offset;       ///< elements

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("rank", self.rank);
    visitor("output_shape", self.output_shape);
    visitor("input_strides", self.input_strides);
    visitor("input_start_offset", self.input_start_offset);
  }
};

struct StridedSliceS8Operands {
  const std::int8_t* input;
  std::int8_t* output;  ///< output_shape

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct StridedSliceS8 {
  static constexpr const char* name = "strided_slice_s8";
  static constexpr const char* header = "kernels/strided_slice/strided_slice_s8.hpp";
  using Params = StridedSliceS8Params;
  using Operands = StridedSliceS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
