// int16 addition of tensors of different scales with NumPy broadcasting (arm_elementwise_add_s16, TensorFlow Lite's
// ADD). All zero points are 0.
//   a = requantize(x1 * 2^15, input1_multiplier, input1_shift), b likewise
//   y = clamp(requantize(a + b, output_multiplier, output_shift), output_min, output_max)
// The left shift of 15 is AddS16::left_shift; numerics::add_scaling computes the multipliers. The output is contiguous.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct AddS16Params {
  std::int32_t rank;  ///< of the output, 0 to max_rank
  std::int32_t output_shape[max_rank];
  std::int32_t input1_strides[max_rank], input2_strides[max_rank];  ///< elements per output dimension; 0 = broadcast
  std::int32_t input1_multiplier, input1_shift;
  std::int32_t input2_multiplier, input2_shift;
  std::int32_t output_multiplier, output_shift;
  std::int32_t output_min, output_max;  ///< within int16

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("rank", self.rank);
    visitor("output_shape", self.output_shape);
    visitor("input1_strides", self.input1_strides);
    visitor("input2_strides", self.input2_strides);
    visitor("input1_multiplier", self.input1_multiplier);
    visitor("input1_shift", self.input1_shift);
    visitor("input2_multiplier", self.input2_multiplier);
    visitor("input2_shift", self.input2_shift);
    visitor("output_multiplier", self.output_multiplier);
    visitor("output_shift", self.output_shift);
    visitor("output_min", self.output_min);
    visitor("output_max", self.output_max);
  }
};

struct AddS16Operands {
  const std::int16_t* input1;
  const std::int16_t* input2;
  std::int16_t* output;  ///< output_shape

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input1", self.input1);
    visitor("input2", self.input2);
    visitor("output", self.output);
  }
};

struct AddS16 {
  static constexpr const char* name = "add_s16";
  static constexpr const char* header = "kernels/add_s16/add_s16.hpp";
  using Params = AddS16Params;
  using Operands = AddS16Operands;

  /// Bits that the inputs are shifted left before they are rescaled.
  static constexpr int left_shift = 15;

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
