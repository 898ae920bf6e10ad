// One of two float32 tensors, element by element with broadcasting: input1 where the condition is not 0.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct WhereF32Params {
  std::int32_t rank;  ///< 0 to max_rank
  std::int32_t output_shape[max_rank];
  std::int32_t condition_strides[max_rank];  ///< elements; 0 repeats
  std::int32_t input1_strides[max_rank];
  std::int32_t input2_strides[max_rank];

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("rank", self.rank);
    visitor("output_shape", self.output_shape);
    visitor("condition_strides", self.condition_strides);
    visitor("input1_strides", self.input1_strides);
    visitor("input2_strides", self.input2_strides);
  }
};

struct WhereF32Operands {
  const float* condition;  ///< read through its strides
  const float* input1;
  const float* input2;
  float* output;  ///< output_shape

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("condition", self.condition);
    visitor("input1", self.input1);
    visitor("input2", self.input2);
    visitor("output", self.output);
  }
};

struct WhereF32 {
  static constexpr const char* name = "where_f32";
  static constexpr const char* header = "kernels/where_f32/where_f32.hpp";
  using Params = WhereF32Params;
  using Operands = WhereF32Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
