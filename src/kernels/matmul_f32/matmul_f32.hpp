// float32 products of stacks of matrices, and fully connected layers.
//   output[b, r, c] = clamp(bias[c] + sum over k of lhs[b, r, k] rhs_transposed[b, c, k], minimum, maximum)
// Products and sums are rounded one by one, with k rising.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct MatmulF32Params {
  std::int32_t batches;
  std::int32_t rows, columns, depth;
  float minimum, maximum;  ///< finite; the result is clamped

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("rows", self.rows);
    visitor("columns", self.columns);
    visitor("depth", self.depth);
    visitor("minimum", self.minimum);
    visitor("maximum", self.maximum);
  }
};

struct MatmulF32Operands {
  const float* lhs;             ///< [batches, rows, depth]
  const float* rhs_transposed;  ///< [batches, columns, depth]
  const float* bias;            ///< [columns]
  float* output;                ///< [batches, rows, columns]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("lhs", self.lhs);
    visitor("rhs_transposed", self.rhs_transposed);
    visitor("bias", self.bias);
    visitor("output", self.output);
  }
};

struct MatmulF32 {
  static constexpr const char* name = "matmul_f32";
  static constexpr const char* header = "kernels/matmul_f32/matmul_f32.hpp";
  using Params = MatmulF32Params;
  using Operands = MatmulF32Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
