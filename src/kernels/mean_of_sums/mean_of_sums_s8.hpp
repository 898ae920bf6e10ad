// Means from sums of int8 codes (row_sums_s8), with the rounding of avg_pool2d_s8: to nearest, ties away from zero.
//   y[c] = clamp(round((sums[c] + addend) / divisor), activation_min, activation_max)
// Limits: |sums[c] + addend| <= 128 * 2^23.
#pragma once

#include "kernels/kernel.hpp"

namespace pudu::kernels {

struct MeanOfSumsS8Params {
  std::int32_t channels;
  std::int32_t taps;                            ///< codes in a sum
  std::int32_t divisor;                         ///< taps, unless the pool says otherwise
  std::int32_t addend;                          ///< what padding adds: (divisor - taps) * the zero point
  std::int32_t activation_min, activation_max;  ///< within int8

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("channels", self.channels);
    visitor("taps", self.taps);
    visitor("divisor", self.divisor);
    visitor("addend", self.addend);
    visitor("activation_min", self.activation_min);
    visitor("activation_max", self.activation_max);
  }
};

struct MeanOfSumsS8Operands {
  const std::int32_t* input;  ///< [channels]
  std::int8_t* output;        ///< [channels]

  template <class Self, class Visitor>
  static constexpr void visit(Self& self, Visitor&& visitor) {
    visitor("input", self.input);
    visitor("output", self.output);
  }
};

struct MeanOfSumsS8 {
  static constexpr const char* name = "mean_of_sums_s8";
  static constexpr const char* header = "kernels/mean_of_sums/mean_of_sums_s8.hpp";
  using Params = MeanOfSumsS8Params;
  using Operands = MeanOfSumsS8Operands;

  /// No scratch on any ISA.
  static constexpr std::size_t scratch_bytes(const Params&, Isa) noexcept { return 0; }

  static void run(const Params& params, const Operands& operands) noexcept;
};

}  // namespace pudu::kernels
