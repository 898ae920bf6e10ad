// int8 product of two stacks of matrices, the right-hand ones transposed (cortex_m::quantized_batch_matmul).
//   acc = sum_k (l[b, m, k] + lhs_offset) * (r[b, n, k] + rhs_offset)
//   y[b, m, n] = clamp(requantize(acc, multiplier, shift) + output_offset, activation_min, activation_max)
// Limit: the zero points are int8 values.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct BatchMatmulS8Params {
  std::int32_t batches, rows, columns, depth;   ///< M, N and K of each product
  std::int32_t lhs_offset, rhs_offset;          ///< minus the zero points
  std::int32_t multiplier, shift;               ///< of every output
  std::int32_t output_offset;                   ///< the output's zero point
  std::int32_t activation_min, activation_max;  ///< within int8

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("batches", self.batches);
    visitor("rows", self.rows);
    visitor("columns", self.columns);
    visitor("depth", self.depth);
    visitor("lhs_offset", self.lhs_offset);
    visitor("rhs_offset", self.rhs_offset);
    visitor("multiplier", self.multiplier);
    visitor("shift", self.shift);
    visitor("output_offset", self.output_offset);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct BatchMatmulS8Operands {
  const std::int8_t* lhs;             ///< [batches, rows, depth]
  const std::int8_t* rhs_transposed;  ///< [batches, columns, depth]
  std::int8_t* output;                ///< [batches, rows, columns]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("lhs", self.lhs);
    visitor("rhs_transposed", self.rhs_transposed);
    visitor("output", self.output);
  }
};

struct BatchMatmulS8 {
  static constexpr const char* name = "batch_matmul_s8";
  static constexpr const char* header = "kernels/batch_matmul/batch_matmul_s8.hpp";
  using Params = BatchMatmulS8Params;
  using Operands = BatchMatmulS8Operands;

  /// No scratch on any ISA (CMSIS-NN's MVE kernel keeps the sums of the right-hand rows: 4 * columns bytes).
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
