// Chooses between two int8 tensors, element by element with NumPy broadcasting (aten::where).
//   y = table1[x1 + 128] where condition != condition_zero, else table2[x2 + 128]
// The tables rescale the codes of the inputs to those of the output. The output is contiguous.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct WhereS8Params {
  std::int32_t rank;  ///< of the output, 0 to max_rank
  std::int32_t output_shape[max_rank];
  std::int32_t condition_strides[max_rank], input1_strides[max_rank],
      input2_strides[max_rank];  ///< elements per output dimension; 0 = broadcast
  std::int32_t condition_zero;   ///< the code of false

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("rank", self.rank);
    visitor("output_shape", self.output_shape);
    visitor("condition_strides", self.condition_strides);
    visitor("input1_strides", self.input1_strides);
    visitor("input2_strides", self.input2_strides);
    visitor("condition_zero", self.condition_zero);
  }
};

struct WhereS8Operands {
  const std::int8_t* condition;
  const std::int8_t* input1;
  const std::int8_t* table1;  ///< [256]
  const std::int8_t* input2;
  const std::int8_t* table2;  ///< [256]
  std::int8_t* output;        ///< output_shape

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("condition", self.condition);
    visitor("input1", self.input1);
    visitor("table1", self.table1);
    visitor("input2", self.input2);
    visitor("table2", self.table2);
    visitor("output", self.output);
  }
};

struct WhereS8 {
  static constexpr const char* name = "where_s8";
  static constexpr const char* header = "kernels/where/where_s8.hpp";
  using Params = WhereS8Params;
  using Operands = WhereS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
