// int16 to another scale (TensorFlow Lite's QUANTIZE). Zero points are 0.
//   y = clamp(requantize(x, multiplier, shift), -32768, 32767)                (numerics/requantize.hpp)
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct RequantizeS16S16Params {
  std::int32_t count;              ///< elements
  std::int32_t multiplier, shift;  ///< of input scale / output scale; shift at most 15

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("count", self.count);
    visitor("multiplier", self.multiplier);
    visitor("shift", self.shift);
  }
};

struct RequantizeS16S16Operands {
  const std::int16_t* input;  ///< [count]
  std::int16_t* output;       ///< [count]; may be the very buffer of input

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct RequantizeS16S16 {
  static constexpr const char* name = "requantize_s16_s16";
  static constexpr const char* header = "kernels/requantize_s16_s16/requantize_s16_s16.hpp";
  using Params = RequantizeS16S16Params;
  using Operands = RequantizeS16S16Operands;

  /// The input whose buffer the output may be.
  static constexpr const char* in_place_input = "input";

  /// Largest shift: of every code, shifted left, 32 bits hold the result.
  static constexpr std::int32_t largest_shift = 15;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
