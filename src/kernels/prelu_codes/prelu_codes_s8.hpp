// int8 PReLU whose slopes are int8 codes of one scale, one for each channel, channels last (TensorFlow Lite's PRELU).
// With d = x[i, c] + input1_offset:
//   y[i, c] = clamp(requantize(d, output_multiplier, output_shift) + output_offset, -128, 127)              d >= 0
//           = clamp(requantize(d * (slopes[c] + input2_offset), multiplier, shift) + output_offset, -128, 127)  else
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct PreluCodesS8Params {
  std::int32_t outer_count;  ///< positions
  std::int32_t channels;
  std::int32_t input1_offset;                    ///< minus the input's zero point
  std::int32_t input2_offset;                    ///< minus the slopes' zero point
  std::int32_t output_offset;                    ///< the output's zero point
  std::int32_t output_multiplier, output_shift;  ///< input scale / output scale
  std::int32_t multiplier, shift;                ///< input scale * slope scale / output scale; shift at most 30

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("outer_count", self.outer_count);
    visitor("channels", self.channels);
    visitor("input1_offset", self.input1_offset);
    visitor("input2_offset", self.input2_offset);
    visitor("output_offset", self.output_offset);
    visitor("output_multiplier", self.output_multiplier);
    visitor("output_shift", self.output_shift);
    visitor("multiplier", self.multiplier);
    visitor("shift", self.shift);
  }
};

struct PreluCodesS8Operands {
  const std::int8_t* input;   ///< [outer_count, channels]
  const std::int8_t* slopes;  ///< [channels]
  std::int8_t* output;        ///< [outer_count, channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("slopes", self.slopes);
    visitor("output", self.output);
  }
};

struct PreluCodesS8 {
  static constexpr const char* name = "prelu_codes_s8";
  static constexpr const char* header = "kernels/prelu_codes/prelu_codes_s8.hpp";
  using Params = PreluCodesS8Params;
  using Operands = PreluCodesS8Operands;

  /// The input whose buffer the output may be.
  static constexpr const char* in_place_input = "input";

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
