// Any function of one int8 value as a table look-up (cortex_m::quantized_activation): sigmoid, tanh, hard swish,
// requantization...
//   y[i] = table[(uint8)(x[i] + 128)]          the entry of code q is table[q + 128]
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct LutS8Params {
  std::int32_t count;  ///< elements

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("count", self.count);
  }
};

struct LutS8Operands {
  const std::int8_t* input;  ///< [count]
  const std::int8_t* table;  ///< [256]
  std::int8_t* output;       ///< [count]; may be the very buffer of input

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("table", self.table);
    visitor("output", self.output);
  }
};

struct LutS8 {
  static constexpr const char* name = "lut_s8";
  static constexpr const char* header = "kernels/lut/lut_s8.hpp";
  using Params = LutS8Params;
  using Operands = LutS8Operands;

  /// The input whose buffer the output may be.
  static constexpr const char* in_place_input = "input";

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
