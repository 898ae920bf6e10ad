// int16 to int8 (TensorFlow Lite's QUANTIZE). The input's zero point is 0.
//   y = clamp(requantize(x, multiplier, shift) + output_offset, -128, 127)                (numerics/requantize.hpp)
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct RequantizeS16S8Params {
  std::int32_t count;              ///< elements
  std::int32_t output_offset;      ///< the output's zero point
  std::int32_t multiplier, shift;  ///< of input scale / output scale; shift at most 15

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("count", self.count);
    visitor("output_offset", self.output_offset);
    visitor("multiplier", self.multiplier);
    visitor("shift", self.shift);
  }
};

struct RequantizeS16S8Operands {
  const std::int16_t* input;  ///< [count]
  std::int8_t* output;        ///< [count]; may begin where input begins

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct RequantizeS16S8 {
  static constexpr const char* name = "requantize_s16_s8";
  static constexpr const char* header = "kernels/requantize_s16_s8/requantize_s16_s8.hpp";
  using Params = RequantizeS16S8Params;
  using Operands = RequantizeS16S8Operands;

  /// The input whose buffer the output may be (the output takes its first half).
  static constexpr const char* in_place_input = "input";

  /// Largest shift: of every code, shifted left, 32 bits hold the result.
  static constexpr std::int32_t largest_shift = 15;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
