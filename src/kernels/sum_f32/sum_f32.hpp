// float32 sums over the middle of [outer_count, sum_count, inner_count], and means. Terms are added one by one, in
// sequence; then the sum is divided by `divisor`.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct SumF32Params {
  std::int32_t outer_count;
  std::int32_t sum_count;
  std::int32_t inner_count;
  float divisor;  ///< 1 for a sum

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("outer_count", self.outer_count);
    visitor("sum_count", self.sum_count);
    visitor("inner_count", self.inner_count);
    visitor("divisor", self.divisor);
  }
};

struct SumF32Operands {
  const float* input;  ///< [outer_count, sum_count, inner_count]
  float* output;       ///< [outer_count, inner_count]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct SumF32 {
  static constexpr const char* name = "sum_f32";
  static constexpr const char* header = "kernels/sum_f32/sum_f32.hpp";
  using Params = SumF32Params;
  using Operands = SumF32Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
