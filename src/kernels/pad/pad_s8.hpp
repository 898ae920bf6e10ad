// Constant padding of an int8 tensor of any rank up to max_rank (cortex_m::pad). Negative padding cuts, as in
// aten::constant_pad_nd.
//   output extent d = pad_before[d] + input_shape[d] + pad_after[d], which must not be negative
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct PadS8Params {
  std::int32_t rank;  ///< 0 to max_rank
  std::int32_t input_shape[max_rank];
  std::int32_t pad_before[max_rank], pad_after[max_rank];  ///< elements; negative cuts
  std::int32_t pad_value;                                  ///< int8 code, usually the zero point

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("rank", self.rank);
    visitor("input_shape", self.input_shape);
    visitor("pad_before", self.pad_before);
    visitor("pad_after", self.pad_after);
    visitor("pad_value", self.pad_value);
  }
};

struct PadS8Operands {
  const std::int8_t* input;  ///< input_shape
  std::int8_t* output;       ///< padded shape

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct PadS8 {
  static constexpr const char* name = "pad_s8";
  static constexpr const char* header = "kernels/pad/pad_s8.hpp";
  using Params = PadS8Params;
  using Operands = PadS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
