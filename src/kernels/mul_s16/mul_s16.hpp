// int16 multiplication with NumPy broadcasting (arm_elementwise_mul_s16, TensorFlow Lite's MUL). All zero points are 0.
//   y = clamp(requantize(x1 * x2, output_multiplier, output_shift), output_min, output_max)
// The output is contiguous.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct MulS16Params {
  std::int32_t rank;  ///< of the output, 0 to max_rank
  std::int32_t output_shape[max_rank];
  std::int32_t input1_strides[max_rank], input2_strides[max_rank];  ///< elements per output dimension; 0 = broadcast
  std::int32_t output_multiplier, output_shift;
  std::int32_t output_min, output_max;  ///< within int16

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("rank", self.rank);
    visitor("output_shape", self.output_shape);
    visitor("input1_strides", self.input1_strides);
    visitor("input2_strides", self.input2_strides);
    visitor("output_multiplier", self.output_multiplier);
    visitor("output_shift", self.output_shift);
    visitor("output_min", self.output_min);
    visitor("output_max", self.output_max);
  }
};

struct MulS16Operands {
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

struct MulS16 {
  static constexpr const char* name = "mul_s16";
  static constexpr const char* header = "kernels/mul_s16/mul_s16.hpp";
  using Params = MulS16Params;
  using Operands = MulS16Operands;

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
