// float32 to int16 (cortex_m::quantize_per_tensor).
//   y = clamp(round_half_even(x * (1 / scale)) + zero_point, quant_min, quant_max)
// The product is rounded to float32 and then to an integer, in integer code: the same bits on a host, a core without
// FPU and a core with fused multiply-add, whatever the compiler's contraction and the rounding mode of conversions.
// Infinities saturate; NaN gives the zero point. CMSIS-style vector kernels round the unrounded product and wrap beyond
// 2^15; this one does neither.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct QuantizeF32S16Params {
  std::int32_t count;                             ///< elements
  float scale;                                    ///< positive
  std::int32_t zero_point, quant_min, quant_max;  ///< within int16

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("count", self.count);
    visitor("scale", self.scale);
    visitor("zero_point", self.zero_point);
    visitor("quant_min", self.quant_min);
    visitor("quant_max", self.quant_max);
  }
};

struct QuantizeF32S16Operands {
  const float* input;    ///< [count]
  std::int16_t* output;  ///< [count]; may begin where input begins

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct QuantizeF32S16 {
  static constexpr const char* name = "quantize_f32_s16";
  static constexpr const char* header = "kernels/quantize_s16/quantize_f32_s16.hpp";
  using Params = QuantizeF32S16Params;
  using Operands = QuantizeF32S16Operands;

  /// The input whose buffer the output may be (the output takes its first half).
  static constexpr const char* in_place_input = "input";

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
