// int16 division of tensors of equal shape (cortex_m::quantized_div).
//   q = x2 + input2_offset != 0 ? (float)(x1 + input1_offset) / (float)(x2 + input2_offset) : 0
//   y = clamp(round_half_away(q * scale) + output_offset, activation_min, activation_max)
// in float32, each operation rounded by itself; scale = s1 / (s2 * s_out). Not a number (0 * infinity) gives the output
// offset.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct DivS16Params {
  std::int32_t count;                         ///< elements
  std::int32_t input1_offset, input2_offset;  ///< minus the zero points
  std::int32_t output_offset;                 ///< the output's zero point
  float scale;
  std::int32_t activation_min, activation_max;  ///< within int16

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("count", self.count);
    visitor("input1_offset", self.input1_offset);
    visitor("input2_offset", self.input2_offset);
    visitor("output_offset", self.output_offset);
    visitor("scale", self.scale);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct DivS16Operands {
  const std::int16_t* input1;  ///< [count]
  const std::int16_t* input2;  ///< [count]
  std::int16_t* output;        ///< [count]; may be the buffer of either input

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input1", self.input1);
    visitor("input2", self.input2);
    visitor("output", self.output);
  }
};

struct DivS16 {
  static constexpr const char* name = "div_s16";
  static constexpr const char* header = "kernels/div/div_s16.hpp";
  using Params = DivS16Params;
  using Operands = DivS16Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
