// float32 to int8 as TensorFlow Lite has it (QUANTIZE): a division, and ties away from zero.
//   y = clamp(round_half_away(x / scale) + zero_point, quant_min, quant_max)
// The quotient is rounded to float32 and then to an integer, in integer code: the same bits on a host, a core without
// FPU and a core with fused multiply-add. Infinities saturate; NaN gives the zero point.
#pragma once

#include "kernels/kernel.hpp"
#include "kernels/quantize/quantize_f32_s8.hpp"

namespace pudu::kernels {

using QuantizeTiesAwayF32S8Params = QuantizeF32S8Params;
using QuantizeTiesAwayF32S8Operands = QuantizeF32S8Operands;

struct QuantizeTiesAwayF32S8 {
  static constexpr const char* name = "quantize_ties_away_f32_s8";
  static constexpr const char* header = "kernels/quantize_ties_away/quantize_ties_away_f32_s8.hpp";
  using Params = QuantizeTiesAwayF32S8Params;
  using Operands = QuantizeTiesAwayF32S8Operands;

  /// The input whose buffer the output may be (the output takes its first quarter).
  static constexpr const char* in_place_input = "input";

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
