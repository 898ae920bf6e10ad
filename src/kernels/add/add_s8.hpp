// int8 addition of tensors of different scales with NumPy broadcasting (cortex_m::quantized_add, which broadcasts
// channels only).
//   a = requantize((x1 + input1_offset) * 2^20, input1_multiplier, input1_shift), b likewise
//   y = clamp(requantize(a + b, output_multiplier, output_shift) + output_offset, activation_min, activation_max)
// The left shift of 20 is AddS8::left_shift; numerics::add_scaling computes the multipliers. The output is contiguous.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct AddS8Params {
  std::int32_t rank;  ///< of the output, 0 to max_rank
  std::int32_t output_shape[max_rank];
  std::int32_t input1_strides[max_rank], input2_strides[max_rank];  ///< elements per output dimension; 0 = broadcast
  std::int32_t input1_offset, input1_multiplier, input1_shift;      ///< offset: minus the zero point
  std::int32_t input2_offset, input2_multiplier, input2_shift;
  std::int32_t output_offset, output_multiplier, output_shift;  ///< offset: the zero point
  std::int32_t activation_min, activation_max;                  ///< within int8

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("rank", self.rank);
    visitor("output_shape", self.output_shape);
    visitor("input1_strides", self.input1_strides);
    visitor("input2_strides", self.input2_strides);
    visitor("input1_offset", self.input1_offset);
    visitor("input1_multiplier", self.input1_multiplier);
    visitor("input1_shift", self.input1_shift);
    visitor("input2_offset", self.input2_offset);
    visitor("input2_multiplier", self.input2_multiplier);
    visitor("input2_shift", self.input2_shift);
    visitor("output_offset", self.output_offset);
    visitor("output_multiplier", self.output_multiplier);
    visitor("output_shift", self.output_shift);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct AddS8Operands {
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

struct AddS8 {
  static constexpr const char* name = "add_s8";
  static constexpr const char* header = "kernels/add/add_s8.hpp";
  using Params = AddS8Params;
  using Operands = AddS8Operands;

  /// Bits that the inputs are shifted left before they are rescaled.
  static constexpr int left_shift = 20;

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
