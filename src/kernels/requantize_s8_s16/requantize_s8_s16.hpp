// int8 to int16 (arm_quantize of an int8, TensorFlow Lite's QUANTIZE). The result's zero point is 0.
//   y = clamp(requantize(x + input_offset, multiplier, shift), -32768, 32767)                (numerics/requantize.hpp)
// With equal scales (multiplier 2^30, shift 1) it is exact: y = x + input_offset.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct RequantizeS8S16Params {
  std::int32_t count;              ///< elements
  std::int32_t input_offset;       ///< minus the input's zero point
  std::int32_t multiplier, shift;  ///< of input scale / output scale; shift at most 22

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("count", self.count);
    visitor("input_offset", self.input_offset);
    visitor("multiplier", self.multiplier);
    visitor("shift", self.shift);
  }
};

struct RequantizeS8S16Operands {
  const std::int8_t* input;  ///< [count]
  std::int16_t* output;      ///< [count]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct RequantizeS8S16 {
  static constexpr const char* name = "requantize_s8_s16";
  static constexpr const char* header = "kernels/requantize_s8_s16/requantize_s8_s16.hpp";
  using Params = RequantizeS8S16Params;
  using Operands = RequantizeS8S16Operands;

  /// Largest shift: of every code, shifted left, 32 bits hold the result.
  static constexpr std::int32_t largest_shift = 22;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
