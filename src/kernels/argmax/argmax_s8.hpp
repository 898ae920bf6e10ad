// Position of the largest element along one dimension of an int8 tensor [outer, depth, inner]; of several the first.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct ArgmaxS8Params {
  std::int32_t outer_count;
  std::int32_t depth;  ///< elements compared
  std::int32_t inner_count;

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("outer_count", self.outer_count);
    visitor("depth", self.depth);
    visitor("inner_count", self.inner_count);
  }
};

struct ArgmaxS8Operands {
  const std::int8_t* input;  ///< [outer_count, depth, inner_count]
  std::int32_t* output;      ///< [outer_count, inner_count], each in [0, depth)

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct ArgmaxS8 {
  static constexpr const char* name = "argmax_s8";
  static constexpr const char* header = "kernels/argmax/argmax_s8.hpp";
  using Params = ArgmaxS8Params;
  using Operands = ArgmaxS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
