// Picks elements of a float32 tensor by lists of positions along two of its dimensions, as index_select_s8 does.
//   output[o, i, m, j, k] = input[o, indices1[i], m, indices2[j], k]
#pragma once

#include "kernels/index_select/index_select_s8.hpp"
#include "kernels/kernel.hpp"

namespace pudu::kernels {

using IndexSelectF32Params = IndexSelectS8Params;

struct IndexSelectF32Operands {
  const float* input;            ///< [outer_count, size1, middle_count, size2, inner_count]
  const std::int32_t* indices1;  ///< [count1], each in [0, size1)
  const std::int32_t* indices2;  ///< [count2], each in [0, size2)
  float* output;                 ///< [outer_count, count1, middle_count, count2, inner_count]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("indices1", self.indices1);
    visitor("indices2", self.indices2);
    visitor("output", self.output);
  }
};

struct IndexSelectF32 {
  static constexpr const char* name = "index_select_f32";
  static constexpr const char* header = "kernels/index_select_f32/index_select_f32.hpp";
  using Params = IndexSelectF32Params;
  using Operands = IndexSelectF32Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
