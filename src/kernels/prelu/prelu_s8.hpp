// int8 PReLU with a slope for each channel, channels last. With d = x[i, c] + input_offset:
//   y[i, c] = clamp(requantize(d, output_multiplier, output_shift) + output_offset, -128, 127)      where d >= 0
//           = clamp(requantize(d, multipliers[c], shifts[c]) + output_offset, -128, 127)            elsewhere
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct PreluS8Params {
  std::int32_t outer_count;  ///< positions
  std::int32_t channels;
  std::int32_t input_offset;                     ///< minus the input's zero point
  std::int32_t output_offset;                    ///< the output's zero point
  std::int32_t output_multiplier, output_shift;  ///< input scale / output scale

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("outer_count", self.outer_count);
    visitor("channels", self.channels);
    visitor("input_offset", self.input_offset);
    visitor("output_offset", self.output_offset);
    visitor("output_multiplier", self.output_multiplier);
    visitor("output_shift", self.output_shift);
  }
};

struct PreluS8Operands {
  const std::int8_t* input;         ///< [outer_count, channels]
  const std::int32_t* multipliers;  ///< [channels], of input scale * slope / output scale; negative slopes negative
  const std::int32_t* shifts;       ///< [channels]
  std::int8_t* output;              ///< [outer_count, channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("multipliers", self.multipliers);
    visitor("shifts", self.shifts);
    visitor("output", self.output);
  }
};

struct PreluS8 {
  static constexpr const char* name = "prelu_s8";
  static constexpr const char* header = "kernels/prelu/prelu_s8.hpp";
  using Params = PreluS8Params;
  using Operands = PreluS8Operands;

  /// The input whose buffer the output may be.
  static constexpr const char* in_place_input = "input";

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
