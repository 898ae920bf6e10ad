// The smaller of two int8 values, with NumPy broadcasting (cortex_m::minimum). Raw codes are compared, so inputs and
// output share scale and zero point. The output is contiguous.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct MinimumS8Params {
  std::int32_t rank;  ///< of the output, 0 to max_rank
  std::int32_t output_shape[max_rank];
  std::int32_t input1_strides[max_rank], input2_strides[max_rank];  ///< elements per output dimension; 0 = broadcast

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("rank", self.rank);
    visitor("output_shape", self.output_shape);
    visitor("input1_strides", self.input1_strides);
    visitor("input2_strides", self.input2_strides);
  }
};

struct MinimumS8Operands {
  const std::int8_t* input1;
  const std::int8_t* input2;
  std::int8_t* output;  ///< output_shape

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input1", self.input1);
    visitor("input2", self.input2);
    visitor("output", self.output);
  }
};

struct MinimumS8 {
  static constexpr const char* name = "minimum_s8";
  static constexpr const char* header = "kernels/minimum/minimum_s8.hpp";
  using Params = MinimumS8Params;
  using Operands = MinimumS8Operands;

  /// True when the output may be the very buffer of input 1 (2): it is then laid out as the output is, element for
  /// element.
  static constexpr bool input1_in_place(const Params& params) noexcept {
    return is_contiguous(params.rank, params.output_shape, params.input1_strides);
  }
  static constexpr bool input2_in_place(const Params& params) noexcept {
    return is_contiguous(params.rank, params.output_shape, params.input2_strides);
  }

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
