// Any function of one int16 value as a table look-up with interpolation between 513 entries (TensorFlow Lite's
// LUTLookup, arm_nn_activation_s16's tables): sigmoid, tanh, hard swish...
//   i = 256 + (x >> 7), f = x & 127                      entry i is the function of code (i - 256) * 128
//   y = table[i] + (((table[i + 1] - table[i]) * f + 64) >> 7)
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct LutS16Params {
  std::int32_t count;  ///< elements

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("count", self.count);
  }
};

struct LutS16Operands {
  const std::int16_t* input;  ///< [count]
  const std::int16_t* table;  ///< [513]
  std::int16_t* output;       ///< [count]; may be the very buffer of input

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("table", self.table);
    visitor("output", self.output);
  }
};

struct LutS16 {
  static constexpr const char* name = "lut_s16";
  static constexpr const char* header = "kernels/lut_s16/lut_s16.hpp";
  using Params = LutS16Params;
  using Operands = LutS16Operands;

  /// The input whose buffer the output may be.
  static constexpr const char* in_place_input = "input";

  /// Entries of the table: entry i is the function of code (i - 256) * 128.
  static constexpr std::int32_t table_entries = 513;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
