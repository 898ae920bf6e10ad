// int8 sum over one dimension of a tensor [outer, count, inner] (sum and mean of any dimensions), requantized.
//   acc = sum over i of (x[o, i, k] + input_offset)
//   y[o, k] = clamp(requantize(acc, output_multiplier, output_shift) + output_offset, -128, 127)
// Limit: count below 2^23, so that acc fits 32 bits.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct SumS8Params {
  std::int32_t outer_count;
  std::int32_t sum_count;  ///< elements of a sum
  std::int32_t inner_count;
  std::int32_t input_offset;                     ///< minus the input's zero point
  std::int32_t output_offset;                    ///< the output's zero point
  std::int32_t output_multiplier, output_shift;  ///< input scale / output scale

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("outer_count", self.outer_count);
    visitor("sum_count", self.sum_count);
    visitor("inner_count", self.inner_count);
    visitor("input_offset", self.input_offset);
    visitor("output_offset", self.output_offset);
    visitor("output_multiplier", self.output_multiplier);
    visitor("output_shift", self.output_shift);
  }
};

struct SumS8Operands {
  const std::int8_t* input;  ///< [outer_count, sum_count, inner_count]
  std::int8_t* output;       ///< [outer_count, inner_count]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct SumS8 {
  static constexpr const char* name = "sum_s8";
  static constexpr const char* header = "kernels/sum/sum_s8.hpp";
  using Params = SumS8Params;
  using Operands = SumS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
