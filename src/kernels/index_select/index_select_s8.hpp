// Picks elements of an int8 tensor by lists of positions along two of its dimensions: nearest upsampling, padding by
// reflection, repetition or wrapping around, flip, roll, index_select.
//   output[o, i, m, j, k] = input[o, indices1[i], m, indices2[j], k]
// Limits: indices1 is within [0, size1) and indices2 within [0, size2); the kernel does not check them.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct IndexSelectS8Params {
  std::int32_t outer_count;    ///< elements of the dimensions before the first
  std::int32_t size1, count1;  ///< of the first dimension: extent of the input, of the output
  std::int32_t middle_count;   ///< elements of the dimensions between the two
  std::int32_t size2, count2;  ///< of the second dimension; both 1 where there is only one
  std::int32_t inner_count;    ///< elements of the dimensions behind the second

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("outer_count", self.outer_count);
    visitor("size1", self.size1);
    visitor("count1", self.count1);
    visitor("middle_count", self.middle_count);
    visitor("size2", self.size2);
    visitor("count2", self.count2);
    visitor("inner_count", self.inner_count);
  }
};

struct IndexSelectS8Operands {
  const std::int8_t* input;      ///< [outer_count, size1, middle_count, size2, inner_count]
  const std::int32_t* indices1;  ///< [count1]
  const std::int32_t* indices2;  ///< [count2]
  std::int8_t* output;           ///< [outer_count, count1, middle_count, count2, inner_count]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("indices1", self.indices1);
    visitor("indices2", self.indices2);
    visitor("output", self.output);
  }
};

struct IndexSelectS8 {
  static constexpr const char* name = "index_select_s8";
  static constexpr const char* header = "kernels/index_select/index_select_s8.hpp";
  using Params = IndexSelectS8Params;
  using Operands = IndexSelectS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
