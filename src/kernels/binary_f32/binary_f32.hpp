// A function of two float32 tensors, element by element with broadcasting.
//   output = clamp(function(a, b), minimum, maximum)
// add: a + alpha b; a product and a sum, rounded one by one. smaller, larger: b where the comparison is false.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct BinaryF32Params {
  std::int32_t function;  ///< one of BinaryF32::add to larger
  std::int32_t rank;      ///< 0 to max_rank
  std::int32_t output_shape[max_rank];
  std::int32_t input1_strides[max_rank];  ///< elements; 0 repeats
  std::int32_t input2_strides[max_rank];
  float alpha;             ///< finite; for add
  float minimum, maximum;  ///< finite; the result is clamped

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("function", self.function);
    visitor("rank", self.rank);
    visitor("output_shape", self.output_shape);
    visitor("input1_strides", self.input1_strides);
    visitor("input2_strides", self.input2_strides);
    visitor("alpha", self.alpha);
    visitor("minimum", self.minimum);
    visitor("maximum", self.maximum);
  }
};

struct BinaryF32Operands {
  const float* input1;  ///< read through its strides
  const float* input2;
  float* output;  ///< output_shape

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input1", self.input1);
    visitor("input2", self.input2);
    visitor("output", self.output);
  }
};

struct BinaryF32 {
  static constexpr const char* name = "binary_f32";
  static constexpr const char* header = "kernels/binary_f32/binary_f32.hpp";
  using Params = BinaryF32Params;
  using Operands = BinaryF32Operands;

  static constexpr std::int32_t add = 0, multiply = 1, divide = 2, smaller = 3, larger = 4;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
